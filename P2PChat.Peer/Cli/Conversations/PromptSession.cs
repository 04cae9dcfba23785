using P2PChat.Client;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Connects the prompt with the conversations and rooms.</summary>
/// <param name="setTyping">Notifies a contact or a room that the user has started or stopped typing.</param>
/// <param name="endPeer">Ends the peer.</param>
internal sealed class PromptSession(
    Username self,
    IPeer peer,
    ConversationBook book,
    ChatSwitch chats,
    ConversationLine lines,
    Action<ChatKey, bool> setTyping,
    Action endPeer,
    Ink ink,
    TimeProvider timeProvider
) : IPromptSession
{
    private static readonly TimeSpan CompletionTimeout = TimeSpan.FromSeconds(1);

    private readonly PromptTyping _typing = new(
        line => lines.Parse(line, book.Open),
        book.FindRoom,
        setTyping,
        timeProvider
    );

    // The status row also shows this peer's name.
    public string Prompt =>
        book.Open is { } open
            ? $"{(ink.IsUnicode ? "→" : "->")} {ink.Cut(book.NameOf(open), NamedRoom.MaxColumns)}> "
            : $"{self}> ";

    public ChatKey? Open => book.Open;

    public ConsoleCommand? Parse(string line) => lines.Parse(line, book.Open);

    public async Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CompletionTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        return await KnownNames.WithRoomsAsync(peer, either.Token);
    }

    public void OnKeyPressed() => chats.OnKeyPressed();

    public void OnLineChanged(string line) => _typing.OnLineChanged(line);

    public void OpenNumber(int number) => _ = chats.OpenNumber(number);

    public void OpenNextUnread() => _ = chats.OpenNextUnread();

    public void Leave() => _ = chats.Leave();

    public void EndPeer() => endPeer();
}

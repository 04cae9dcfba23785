using P2PChat.Client;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Connects the prompt with the conversations.</summary>
/// <param name="setTyping">Notifies a contact that the user has started or stopped typing.</param>
/// <param name="endPeer">Ends the peer.</param>
internal sealed class PromptSession(
    Username self,
    IPeer peer,
    ConversationBook book,
    ConversationView view,
    ConversationLine lines,
    Action<Username, bool> setTyping,
    Action endPeer,
    Ink ink,
    TimeProvider timeProvider
) : IPromptSession
{
    private static readonly TimeSpan CompletionTimeout = TimeSpan.FromSeconds(1);

    private readonly PromptTyping _typing = new(line => lines.Parse(line, book.Open), setTyping, timeProvider);

    // The status row also shows this peer's name.
    public string Prompt => book.Open is { } open ? $"{(ink.IsUnicode ? "→" : "->")} {open}> " : $"{self}> ";

    public Username? Open => book.Open;

    public ConsoleCommand? Parse(string line) => lines.Parse(line, book.Open);

    public async Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CompletionTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        return await KnownNames.OfAsync(peer, either.Token);
    }

    public void OnKeyPressed() => view.OnKeyPressed();

    public void OnLineChanged(string line) => _typing.OnLineChanged(line);

    public void OpenNumber(int number) => _ = view.OpenNumber(number);

    public void OpenNextUnread() => _ = view.OpenNextUnread();

    public void Leave() => _ = view.Leave();

    public void EndPeer() => endPeer();
}

using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Sends typing notifications while the line is a message: at most one per <see cref="Interval"/>, as the web page
/// does, and one at the end. Not thread-safe.
/// </summary>
/// <param name="parse">Parses the line.</param>
/// <param name="findRoom">Finds a room as it is typed; null if there is none.</param>
/// <param name="setTyping">Notifies a contact or a room that the user has started or stopped typing.</param>
public sealed class PromptTyping(
    Func<string, ConsoleCommand?> parse,
    Func<string, ChatKey?> findRoom,
    Action<ChatKey, bool> setTyping,
    TimeProvider timeProvider
)
{
    /// <summary>
    /// Less than half of <see cref="PeerEvent.Typing.Lasts"/>, so that a late notification does not matter.
    /// </summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private (ChatKey Recipient, long SentAt)? _last;

    /// <param name="line">The current line; empty after it was sent.</param>
    public void OnLineChanged(string line)
    {
        var recipient = parse(line) switch
        {
            ConsoleCommand.Send { Name: var name } => new ChatKey.Contact(name),
            ConsoleCommand.SendToRoom { Room: var room } => findRoom(room),
            ConsoleCommand.Say { To: var chat } => chat,
            _ => null,
        };
        if (_last is var (previous, sentAt))
        {
            if (previous == recipient && timeProvider.GetElapsedTime(sentAt) < Interval)
            {
                return;
            }

            if (previous != recipient)
            {
                setTyping(previous, false);
            }
        }

        _last = recipient is { } current ? (current, timeProvider.GetTimestamp()) : null;
        if (recipient is { } notified)
        {
            setTyping(notified, true);
        }
    }
}

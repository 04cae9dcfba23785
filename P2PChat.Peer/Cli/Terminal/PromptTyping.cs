using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Tells whoever a message is being typed to that it is, by what stands in the line; at most once in
/// <see cref="Every"/>, as the page does, and once more when it is no longer so. Not thread-safe: the prompt's.
/// </summary>
/// <param name="tell">Takes to whom, and whether the person writes.</param>
public sealed class PromptTyping(Action<Username, bool> tell, TimeProvider time)
{
    /// <summary>Less than half of <see cref="PeerEvent.Typing.Lasts"/>, so that one that comes late does not matter.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    private (Username To, long At)? _told;

    /// <summary>The line as it now stands; empty once it has been sent.</summary>
    public void LineIs(string line)
    {
        Username? to = CommandParser.Parse(line) is ConsoleCommand.Send { Name: var name } ? name : null;
        if (_told is var (before, at))
        {
            if (before == to && time.GetElapsedTime(at) < Every)
            {
                return;
            }

            if (before != to)
            {
                tell(before, false);
            }
        }

        _told = to is { } now ? (now, time.GetTimestamp()) : null;
        if (to is { } writtenTo)
        {
            tell(writtenTo, true);
        }
    }
}

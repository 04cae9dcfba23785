using System.Runtime.CompilerServices;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>A peer's events without end.</summary>
public static class NodeEvents
{
    /// <summary>From behind <paramref name="after"/> on. Whoever reads too slowly is resumed where that is possible.</summary>
    /// <param name="missed">Called where it is not, and some events will never be seen.</param>
    public static async IAsyncEnumerable<PeerEvent> ReadAsync(
        EventLog log,
        long after,
        Action missed,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (true)
        {
            using var listener = log.Listen(after);
            if (listener is null)
            {
                missed();
                after = log.Last;
                continue;
            }

            await foreach (var (number, @event) in listener.Reader.ReadAllAsync(cancellationToken))
            {
                after = number;
                yield return @event;
            }
        }
    }
}

using System.Runtime.CompilerServices;

namespace P2PChat.Node.Model;

/// <summary>Reads an <see cref="EventLog"/> continuously.</summary>
public static class EventLogReader
{
    /// <summary>
    /// Reads the events after a number. Null stands for events that are no longer available, because the reader fell
    /// too far behind.
    /// </summary>
    public static async IAsyncEnumerable<PeerEvent?> ReadAsync(
        this EventLog log,
        long after,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(log);
        while (true)
        {
            using var listener = log.Listen(after);
            if (listener is null)
            {
                after = log.Last;
                yield return null;
                continue;
            }

            await foreach (var (number, peerEvent) in listener.Reader.ReadAllAsync(cancellationToken))
            {
                after = number;
                yield return peerEvent;
            }
        }
    }
}

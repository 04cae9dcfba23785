using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// Keeps the bus's signals of the last seconds for streams that open just after them: a peer opens its stream after
/// each registration and each interruption. Not thread-safe.
/// </summary>
internal sealed class RecentSignals(TimeProvider timeProvider)
{
    /// <summary>How long a caller waits for the relay. An older signal is worthless.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    /// <summary>Limit on the size of all signals in bytes. The oldest are dropped.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    // Memory that a signal uses besides its data, in bytes, estimated.
    private const int Overhead = 256;

    // Each signal is in both queues, in the same order relative to the others of its name.
    private readonly Queue<(PeerSignal Signal, long At)> _all = new();
    private readonly Dictionary<string, Queue<PeerSignal>> _byName = new(StringComparer.Ordinal);
    private int _bytes;

    public void Add(PeerSignal signal)
    {
        _bytes += SizeOf(signal);
        _all.Enqueue((signal, timeProvider.GetTimestamp()));
        if (!_byName.TryGetValue(signal.Recipient.Value, out var own))
        {
            _byName.Add(signal.Recipient.Value, own = new Queue<PeerSignal>());
        }

        own.Enqueue(signal);
        RemoveOld();
    }

    /// <returns>The signals to this name, oldest first.</returns>
    public IReadOnlyCollection<PeerSignal> For(Username name)
    {
        RemoveOld();
        return _byName.TryGetValue(name.Value, out var own) ? own : [];
    }

    private void RemoveOld()
    {
        while (_all.TryPeek(out var oldest) && (_bytes > MaxBytes || timeProvider.GetElapsedTime(oldest.At) >= Kept))
        {
            var name = _all.Dequeue().Signal.Recipient.Value;
            _bytes -= SizeOf(_byName[name].Dequeue());
            if (_byName[name].Count == 0)
            {
                _ = _byName.Remove(name);
            }
        }
    }

    private static int SizeOf(PeerSignal signal) => signal.Data.Length + Overhead;
}

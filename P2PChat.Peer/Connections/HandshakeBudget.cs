using System.Net;

namespace P2PChat.Peer.Connections;

/// <summary>
/// Token buckets that limit the handshakes of each network, because a handshake costs processor time before the caller is
/// known. Times are since the start, by a monotonic clock. Thread-safe.
/// </summary>
/// <param name="burst">Handshakes that may begin at once.</param>
/// <param name="perSecond">Handshakes per second in the long run.</param>
internal sealed class HandshakeBudget(int burst, double perSecond)
{
    // Above this number full buckets are dropped, which changes nothing. If all are in use, all are dropped.
    private const int Remembered = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];

    private readonly record struct Bucket(double Tokens, TimeSpan At);

    /// <returns>Whether a handshake may begin. If so, it is counted.</returns>
    public bool TrySpend(IPAddress address, TimeSpan now)
    {
        var network = WaitingRoom.NetworkOf(address);
        lock (_gate)
        {
            var tokens = _buckets.TryGetValue(network, out var bucket) ? TokensOf(bucket, now) : burst;
            if (tokens < 1)
                return false;
            if (_buckets.Count >= Remembered)
                Forget(now);
            _buckets[network] = new Bucket(tokens - 1, now);
            return true;
        }
    }

    private double TokensOf(Bucket bucket, TimeSpan now) => Math.Min(burst, bucket.Tokens + (now - bucket.At).TotalSeconds * perSecond);

    private void Forget(TimeSpan now)
    {
        foreach (var network in _buckets.Where(pair => TokensOf(pair.Value, now) >= burst).Select(pair => pair.Key).ToList())
            _ = _buckets.Remove(network);
        if (_buckets.Count >= Remembered)
            _buckets.Clear();
    }
}

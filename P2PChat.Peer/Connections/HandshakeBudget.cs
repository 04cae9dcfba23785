using System.Net;

namespace P2PChat.Peer.Connections;

/// <summary>
/// Token buckets that bound how many handshakes a network may begin, because each costs processor time before anybody is
/// known. Times are since the start, by a clock that never jumps. Thread-safe.
/// </summary>
/// <param name="burst">Handshakes that may come at once.</param>
/// <param name="perSecond">Handshakes per second in the long run.</param>
internal sealed class HandshakeBudget(int burst, double perSecond)
{
    // Beyond it the full ones are forgotten, which changes nothing; with as many networks in use, all are.
    private const int Remembered = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];

    private readonly record struct Bucket(double Tokens, TimeSpan At);

    /// <returns>Whether a handshake may begin. Then it is counted.</returns>
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

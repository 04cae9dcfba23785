using System.Net;
using System.Net.Sockets;
using P2PChat.Protocol.Limits;

namespace P2PChat.Node.Links;

/// <summary>
/// Token buckets that limit the handshakes of each network, because a handshake costs processor time before the caller
/// is known. An IPv4 address is one network. An IPv6 address belongs to two, its /64 and its /48, whose limit is
/// <see cref="SiteFactor"/> times as high. Times are durations since a fixed moment, by a monotonic clock. Thread-safe.
/// </summary>
/// <param name="burst">Handshakes that an IPv4 address or a /64 may start at once.</param>
/// <param name="perSecond">Sustained rate, in handshakes per second.</param>
internal sealed class HandshakeBudget(int burst, double perSecond)
{
    /// <summary>
    /// Limit of a /48 as a multiple of the limit of a /64. One customer often has a /48 of 65,536 /64s.
    /// </summary>
    internal const int SiteFactor = 4;

    private const int SitePrefixLength = 48;

    // At this number, full buckets are dropped, which changes no limit; then those of /64s, which their /48 still
    // limits; then all.
    private const int MaxBuckets = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<(IPAddress Network, int Factor), Bucket> _buckets = [];

    private readonly record struct Bucket(double Tokens, TimeSpan At);

    /// <summary>Spends one token if a handshake may start.</summary>
    /// <returns>Whether it may start.</returns>
    public bool TrySpend(IPAddress address, TimeSpan now)
    {
        var network = ClientNetwork.Of(address);
        lock (_gate)
        {
            var own = (network, 1);
            var site = IsIPv6(network) ? (ClientNetwork.Of(network, SitePrefixLength), SiteFactor) : own;
            var (ownTokens, siteTokens) = (TokensOf(own, now), TokensOf(site, now));
            if (ownTokens < 1 || siteTokens < 1)
            {
                return false;
            }

            if (_buckets.Count >= MaxBuckets)
            {
                Trim(now);
            }

            _buckets[own] = new Bucket(ownTokens - 1, now);
            _buckets[site] = new Bucket(siteTokens - 1, now);
            return true;
        }
    }

    private static bool IsIPv6(IPAddress network) => network.AddressFamily == AddressFamily.InterNetworkV6;

    private double TokensOf((IPAddress Network, int Factor) key, TimeSpan now)
    {
        var limit = (double)burst * key.Factor;
        return _buckets.TryGetValue(key, out var bucket)
            ? Math.Min(limit, bucket.Tokens + (now - bucket.At).TotalSeconds * perSecond * key.Factor)
            : limit;
    }

    private void Trim(TimeSpan now)
    {
        Drop(key => TokensOf(key, now) >= (double)burst * key.Factor);
        if (_buckets.Count >= MaxBuckets)
        {
            Drop(key => key.Factor == 1 && IsIPv6(key.Network));
        }

        if (_buckets.Count >= MaxBuckets)
        {
            _buckets.Clear();
        }
    }

    private void Drop(Func<(IPAddress Network, int Factor), bool> isDropped)
    {
        foreach (var key in _buckets.Keys.Where(isDropped).ToList())
        {
            _ = _buckets.Remove(key);
        }
    }
}

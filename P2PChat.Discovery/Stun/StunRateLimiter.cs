using System.Buffers.Binary;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Stun;

/// <summary>
/// A token bucket per IPv4 address or IPv6 /64, in constant memory: forged sender addresses cannot fill it. Addresses
/// with the same hash share a bucket. Thread-safe, without locks.
/// </summary>
/// <param name="timeProvider">Its timestamps are used, not its clock.</param>
internal sealed class StunRateLimiter(RateLimit limit, TimeProvider timeProvider)
{
    private const int Buckets = 1 << 16;

    // When the bucket will be full again, as a timestamp (GCRA's theoretical arrival time).
    private readonly long[] _full = new long[Buckets];
    private readonly long _interval = IntervalOf(limit, timeProvider);

    // Bounded, so that the sum with a timestamp cannot overflow.
    private readonly long _burst = (long)
        Math.Min(long.MaxValue / 4, (double)limit.Burst * IntervalOf(limit, timeProvider));
    private readonly int _seed = Random.Shared.Next();

    /// <param name="address">4 or 16 bytes.</param>
    /// <returns>False if the address has used up its bucket.</returns>
    public bool TrySpend(ReadOnlySpan<byte> address)
    {
        var key =
            address.Length == 4
                ? BinaryPrimitives.ReadUInt32LittleEndian(address)
                : BinaryPrimitives.ReadUInt64LittleEndian(address);
        ref var full = ref _full[(ushort)HashCode.Combine(key, address.Length, _seed)];
        var now = timeProvider.GetTimestamp();
        while (true)
        {
            var before = Volatile.Read(ref full);
            var after = Math.Max(before, now) + _interval;
            if (after - now > _burst)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref full, after, before) == before)
            {
                return true;
            }
        }
    }

    private static long IntervalOf(RateLimit limit, TimeProvider timeProvider) =>
        Math.Max(1, (long)(timeProvider.TimestampFrequency / limit.PerSecond));
}

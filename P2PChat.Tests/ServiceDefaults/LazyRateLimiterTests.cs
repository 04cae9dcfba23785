using System.Threading.RateLimiting;
using P2PChat.ServiceDefaults.RateLimits;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class LazyRateLimiterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Empty_bucket_is_replenished_without_a_timer()
    {
        await using var limiter = LazyRateLimiter.Create<string, string>(key =>
            Bucket(key, TimeSpan.FromMilliseconds(10))
        );

        Assert.True(IsAcquired(limiter, "a"));
        Assert.True(IsAcquired(limiter, "a"));
        Assert.True(IsAcquired(limiter, "b"));

        await Eventually.True(
            () => limiter.GetStatistics("a")!.CurrentAvailablePermits == 2,
            Soon,
            "the bucket is full"
        );
        Assert.True(IsAcquired(limiter, "a"));
    }

    [Fact]
    public async Task Empty_bucket_refuses_with_the_time_to_wait()
    {
        await using var limiter = LazyRateLimiter.Create<string, string>(key => Bucket(key, TimeSpan.FromHours(1)));
        _ = IsAcquired(limiter, "a");
        _ = IsAcquired(limiter, "a");

        using var lease = limiter.AttemptAcquire("a");

        Assert.False(lease.IsAcquired);
        Assert.True(lease.TryGetMetadata(MetadataName.RetryAfter, out var after));
        Assert.InRange(after, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
        Assert.True(IsAcquired(limiter, "b"));
    }

    [Fact]
    public async Task Ended_stream_frees_its_slot()
    {
        await using var limiter = LazyRateLimiter.Create<string, string>(key =>
            RateLimitPartition.GetConcurrencyLimiter(key, _ => new ConcurrencyLimiterOptions { PermitLimit = 1 })
        );

        using (var first = await limiter.AcquireAsync("a"))
        {
            Assert.True(first.IsAcquired);
            Assert.False(IsAcquired(limiter, "a"));
        }

        Assert.True(IsAcquired(limiter, "a"));
    }

    [Fact]
    public async Task Sweep_keeps_limiters_in_use()
    {
        var clock = new ManualClock();
        await using var limiter = new LazyRateLimiter<int, int>(key => Bucket(key, TimeSpan.FromHours(1)), clock);
        for (var key = 0; key < 10; key++)
        {
            _ = IsAcquired(limiter, key);
        }

        Assert.Equal(10, limiter.Count);

        clock.Advance(LazyRateLimiter<int, int>.IdleTimeout);
        _ = IsAcquired(limiter, 10);

        Assert.Equal(11, limiter.Count);
        Assert.True(IsAcquired(limiter, 0));
        Assert.False(IsAcquired(limiter, 0));
    }

    private static bool IsAcquired<T>(PartitionedRateLimiter<T> limiter, T key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired;
    }

    private static RateLimitPartition<T> Bucket<T>(T key, TimeSpan period) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = 2,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = period,
        });
}

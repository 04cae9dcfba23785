using System.Threading.RateLimiting;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Api;

/// <summary>Keeps a caller that has gone wild from taking the peer with it, in the framework's own middleware.</summary>
internal static class ApiRateLimits
{
    private enum Kind
    {
        Probe,
        Call,
        Stream,
    }

    public static IServiceCollection AddApiRateLimits(this IServiceCollection services, PeerOptions options) =>
        services.AddRateLimiter(limiter =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Kind>(context => KindOf(context.Request.Path) switch
            {
                Kind.Probe => RateLimitPartition.GetNoLimiter(Kind.Probe),
                Kind.Stream => RateLimitPartition.GetConcurrencyLimiter(
                    Kind.Stream, _ => new ConcurrencyLimiterOptions { PermitLimit = options.ApiStreams }),
                _ => RateLimitPartition.GetTokenBucketLimiter(Kind.Call, _ => Bucket(options.ApiCallsPerSecond)),
            });
            limiter.OnRejected = async (context, _) =>
                await context.HttpContext.WriteProblemAsync(ApiProblems.TooManyRequests());
        });

    private static Kind KindOf(PathString path)
    {
        if (ApiGuard.IsProbe(path))
            return Kind.Probe;
        return path == LocalApi.EventsPath ? Kind.Stream : Kind.Call;
    }

    // Filled ten times a second, so that a burst is not followed by a whole second of refusals; slow ones by the second.
    private static TokenBucketRateLimiterOptions Bucket(int perSecond)
    {
        var perTick = Math.Max(1, perSecond / 10);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond * 2,
            TokensPerPeriod = perTick,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)perTick / perSecond),
        };
    }
}

using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using P2PChat.Node.Model;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Peer.Api;

/// <summary>
/// Protects the peer from a runaway caller. The owner's calls and the owner's browsers have separate limits, which
/// nobody
/// else can exhaust.
/// </summary>
internal static class ApiRateLimits
{
    private enum Kind
    {
        Probe,

        /// <summary>A call with the token, which <see cref="ApiGuard"/> has checked.</summary>
        Call,
        Stream,

        /// <summary>A request with a session or an open sign-in link.</summary>
        Page,
        Unknown,
    }

    public static IServiceCollection AddApiRateLimits(this IServiceCollection services, PeerOptions options)
    {
        services.AddRateLimiter(limiter =>
            limiter.OnRejected = async (context, _) =>
                await context.HttpContext.WriteProblemAsync(ApiProblems.TooManyRequests())
        );
        services
            .AddOptions<RateLimiterOptions>()
            .Configure<IPageCredentials>(
                (limiter, credentials) =>
                    limiter.GlobalLimiter = LazyRateLimiter.Create<HttpContext, Kind>(context =>
                        KindOf(context.Request, credentials) switch
                        {
                            Kind.Probe => RateLimitPartition.GetNoLimiter(Kind.Probe),
                            Kind.Stream => RateLimitPartition.GetConcurrencyLimiter(
                                Kind.Stream,
                                _ => new ConcurrencyLimiterOptions { PermitLimit = options.ApiStreams }
                            ),
                            Kind.Unknown => RateLimitPartition.GetTokenBucketLimiter(Kind.Unknown, _ =>
                                Bucket(options.UnknownCallsPerSecond)
                            ),
                            var kind => RateLimitPartition.GetTokenBucketLimiter(kind, _ =>
                                Bucket(options.ApiCallsPerSecond)
                            ),
                        }
                    )
            );
        return services;
    }

    private static Kind KindOf(HttpRequest request, IPageCredentials credentials)
    {
        if (ApiGuard.IsProbe(request.Path))
        {
            return Kind.Probe;
        }

        if (ApiGuard.Guards(request.Path))
        {
            return request.Path == LocalApi.EventsPath ? Kind.Stream : Kind.Call;
        }

        return credentials.AreIn(request) ? Kind.Page : Kind.Unknown;
    }

    // Refilled ten times per second if possible, so that a burst is not followed by a whole second of refusals.
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

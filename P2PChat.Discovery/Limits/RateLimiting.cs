using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Discovery.Limits;

/// <summary>Rate limits by address, applied before a request is read.</summary>
internal static class RateLimiting
{
    public static IServiceCollection AddDirectoryRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<ClaimLimits>();
        services.AddSingleton<RegistrationBudgets>();
        services.AddSingleton<JoinToken>();
        services.AddRateLimiter(_ => { });
        services
            .AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>()
            .Configure<IOptions<DirectoryOptions>, DirectoryMetrics, JoinToken>(
                (limiter, options, metrics, token) =>
                {
                    var limits = options.Value.RateLimits;
                    limiter.GlobalLimiter = LazyRateLimiter.Create<
                        HttpContext,
                        (RateLimit? Limit, string Address, bool HasJoinToken)
                    >(context =>
                    {
                        if (!limits.Enabled || OpenPaths.IsProbe(context.Request.Path))
                        {
                            return RateLimitPartition.GetNoLimiter(((RateLimit?)null, "", true));
                        }

                        var limit = LimitOf(context.Request, limits);
                        // Callers without the join token have separate buckets, so that they cannot use up those of
                        // peers behind the same address.
                        return Partition(
                            ((RateLimit?)limit, ClientAddress.Of(context), token.IsIn(context.Request)),
                            limit
                        );
                    });
                    limiter.OnRejected = async (context, _) =>
                    {
                        metrics.RateLimited("address");
                        await context.HttpContext.WriteProblemAsync(
                            Problems.TooManyRequests(RetryAfter(context.Lease))
                        );
                    };
                }
            );
        return services;
    }

    public static RateLimitPartition<TKey> Partition<TKey>(TKey key, RateLimit limit) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ =>
        {
            // The limiter adds whole tokens only: one at a time at slow rates, ten times per second at fast ones.
            var tokens = Math.Max(1, (int)Math.Round(limit.PerSecond / 10));
            return new TokenBucketRateLimiterOptions
            {
                TokenLimit = limit.Burst,
                TokensPerPeriod = tokens,
                ReplenishmentPeriod = TimeSpan.FromSeconds(tokens / limit.PerSecond),
                QueueLimit = 0,
            };
        });

    public static TimeSpan RetryAfter(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);

    private static RateLimit LimitOf(HttpRequest request, RateLimitOptions limits)
    {
        var isChange = HttpMethods.IsPut(request.Method) || HttpMethods.IsDelete(request.Method);
        return request.Path.Value?.ToLowerInvariant().TrimEnd('/').Split('/') switch
        {
            ["", "peers", _] when isChange => limits.SignedCalls,
            ["", "peers", _, "mailbox" or "requests"] when HttpMethods.IsPost(request.Method) => limits.Deposits,
            ["", "peers", _, "files", _] when HttpMethods.IsPut(request.Method) => limits.Files,
            ["", "relay", "sessions"] when HttpMethods.IsPost(request.Method) => limits.Sessions,
            _ => limits.Calls,
        };
    }
}

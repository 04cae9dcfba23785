using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Discovery.RateLimits;

/// <summary>Rate limits by address, applied before anything is read.</summary>
internal static class RateLimiting
{
    public static IServiceCollection AddDirectoryRateLimits(this IServiceCollection services)
    {
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
                        (RateLimit? Limit, string Address, bool MayJoin)
                    >(context =>
                    {
                        if (!limits.Enabled || OpenPaths.IsProbe(context.Request.Path))
                        {
                            return RateLimitPartition.GetNoLimiter(((RateLimit?)null, "", true));
                        }

                        var limit = LimitOf(context.Request, limits);
                        // Separate buckets: callers without the join token must not use up those of peers behind the same address.
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

    // Mail is let in by its capability or its owner's token: no signature is checked.
    private static RateLimit LimitOf(HttpRequest request, RateLimitOptions limits)
    {
        // /peers/{username}/mailbox…
        var ofMail =
            request.Path.Value?.Split('/') is [_, _, _, var third, ..]
            && third.Equals("mailbox", StringComparison.OrdinalIgnoreCase);
        if (ofMail && HttpMethods.IsPost(request.Method))
        {
            return limits.Deposits;
        }

        return !ofMail && (HttpMethods.IsPut(request.Method) || HttpMethods.IsDelete(request.Method))
            ? limits.SignedCalls
            : limits.Calls;
    }

    public static RateLimitPartition<TKey> Partition<TKey>(TKey key, RateLimit limit) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ =>
        {
            // Whole tokens at a time: slow rates by the token, fast ones ten times a second.
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
}

using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;

namespace P2PChat.Discovery.RateLimits;

/// <summary>The limits by address, which come before anything is read, in the framework's own middleware.</summary>
internal static class RateLimiting
{
    public static IServiceCollection AddDirectoryRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<RegistrationBudgets>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<DirectoryOptions>, DirectoryMetrics>((limiter, options, metrics) =>
        {
            var limits = options.Value.RateLimits;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (bool Signed, string Address)>(context =>
            {
                if (!limits.Enabled || OpenPaths.Contains(context.Request.Path))
                    return RateLimitPartition.GetNoLimiter((false, ""));
                var signed = HttpMethods.IsPut(context.Request.Method) || HttpMethods.IsDelete(context.Request.Method);
                return Partition((signed, ClientAddress.Of(context)), signed ? limits.SignedCalls : limits.Calls);
            });
            limiter.OnRejected = async (context, _) =>
            {
                metrics.RateLimited("address");
                await ProblemWriter.WriteAsync(context.HttpContext, Problems.TooManyRequests(RetryAfter(context.Lease)));
            };
        });
        return services;
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

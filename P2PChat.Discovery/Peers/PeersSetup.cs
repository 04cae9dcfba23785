using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Admin;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Discovery.Peers.Memory;
using P2PChat.Discovery.Peers.Redis;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers;

/// <summary>Puts the directory together: in Redis where there is a connection string for it, else in memory.</summary>
internal static class PeersSetup
{
    public const string RedisConnectionName = "redis";

    // Aspire's name for its check.
    private const string RedisCheckName = "StackExchange.Redis";

    public static void AddPeers(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        if (builder.Configuration.GetConnectionString(RedisConnectionName) is { Length: > 0 } connection)
        {
            CheckRedis(connection);
            builder.AddRedis();
            services.AddStore<RedisPeerStore>();
        }
        else
        {
            services.AddStore<InMemoryPeerStore>();
        }

        services.AddSingleton<DirectoryMetrics>();
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<StoreObserver>();
        services.AddHealthChecks().AddCheck<StoreHealth>("store");
        services.AddSingleton<LastKnownPeers>();
        services.AddSingleton<LeaseTerms>();
        services.AddSingleton<SignedRecordChecks>();
        services.AddSingleton<ClaimLimits>();
        services.AddHosted<DirectoryIdentity>();
        services.AddHosted<EventFeed>();
        services.AddHostedService<LeaseSweeper>();

        services.AddSingleton<RegisterPeer>();
        services.AddSingleton<RenewLease>();
        services.AddSingleton<LeavePeer>();
        services.AddSingleton<RemoveClaim>();
        services.AddSingleton<FindPeer>();
        services.AddSingleton<ListPeers>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<DescribeDirectory>();
    }

    public static bool HasRedis(IConfiguration configuration) =>
        configuration.GetConnectionString(RedisConnectionName) is { Length: > 0 };

    private static void CheckRedis(string connection)
    {
        try
        {
            if (ConfigurationOptions.Parse(connection).EndPoints.Count > 0)
            {
                return;
            }
        }
        catch (ArgumentException)
        {
            // Its message may repeat the password.
        }

        throw new OptionsValidationException(
            RedisConnectionName,
            typeof(ConfigurationOptions),
            [
                "ConnectionStrings:redis cannot be read: write it as host:port,password=..., or leave it out to keep all in memory.",
            ]
        );
    }

    private static void AddRedis(this IHostApplicationBuilder builder)
    {
        // The client's tracing would add a span for each command, next to the store's own spans.
        builder.AddRedisClient(RedisConnectionName, settings => settings.DisableTracing = true);
        builder.Services.AddSingleton<ConnectionFailures>();
        builder
            .Services.AddOptions<ConfigurationOptions>()
            .Configure<ConnectionFailures, IOptions<DirectoryOptions>>(
                (redis, failures, directory) =>
                {
                    redis.AbortOnConnectFail = false;
                    // Without a connection, calls and the health check fail at once instead of after the time-out.
                    redis.BacklogPolicy = BacklogPolicy.FailFast;
                    redis.AsyncTimeout = (int)directory.Value.StoreTimeout.TotalMilliseconds;
                    redis.LoggerFactory = failures;
                    // On a cluster the health check sends CLUSTER INFO, an admin command to the client.
                    redis.AllowAdmin = true;
                }
            );
        // Without Redis the directory still answers lookups, so it stays in service: see StoreHealth.
        builder.Services.Configure<HealthCheckServiceOptions>(health =>
        {
            foreach (var check in health.Registrations.Where(check => check.Name == RedisCheckName))
            {
                check.FailureStatus = HealthStatus.Degraded;
            }
        });
        builder.Services.AddHosted<RedisConnection>();
    }

    private static void AddStore<TStore>(this IServiceCollection services)
        where TStore : class, IPeerStore
    {
        services.AddSingleton<TStore>();
        services.AddSingleton<IPeerStore>(provider =>
            ActivatorUtilities.CreateInstance<ObservedPeerStore>(provider, provider.GetRequiredService<TStore>())
        );
    }

    private static void AddHosted<TService>(this IServiceCollection services)
        where TService : class, IHostedService
    {
        services.AddSingleton<TService>();
        services.AddHostedService(provider => provider.GetRequiredService<TService>());
    }
}

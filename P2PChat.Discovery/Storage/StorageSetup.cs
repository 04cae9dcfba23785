using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Discovery.Storage.Memory;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Discovery.Storage.Sqlite;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Registers the stores: in Redis if it has a connection string, in SQLite if there is a data directory, otherwise in
/// memory.
/// </summary>
internal static class StorageSetup
{
    public const string RedisConnectionName = "redis";

    private const string DataKey = $"{DirectoryOptions.Section}:{nameof(DirectoryOptions.Data)}";

    private const string FolderKey =
        $"{DirectoryOptions.Section}:{nameof(DirectoryOptions.Files)}:{nameof(FileStoreOptions.Folder)}";

    // Aspire's name for its check.
    private const string RedisCheckName = "StackExchange.Redis";

    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        var connection = builder.Configuration.GetConnectionString(RedisConnectionName);
        var data = builder.Configuration[DataKey];
        if (!string.IsNullOrEmpty(connection))
        {
            RefuseBoth(data);
            ValidateConnectionString(connection);
            builder.AddRedis();
            services.AddStores<RedisPeerStore, RedisMailboxStore, RedisMembershipStore, RedisRequestStore>();
            services.AddFileLedger<RedisFileLedger, RedisFolderReplicas>();
            services.AddSingleton<ISignalBus, RedisSignalBus>();
            services.AddSingleton<IReplicaRegistry, RedisReplicaRegistry>();
        }
        else
        {
            services.AddLocalData(data);
            services.AddStores<LocalPeerStore, LocalMailboxStore, LocalMembershipStore, LocalRequestStore>();
            services.AddFileLedger<LocalFileLedger, LocalFolderReplicas>();
            services.AddSingleton<ISignalBus, LocalSignalBus>();
            services.AddSingleton<IReplicaRegistry, LocalReplicaRegistry>();
        }

        services.AddFileStore(builder.Configuration[FolderKey]);
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<StoreObserver>();
        services.AddHealthChecks().AddCheck<StoreHealth>("store");
        services.AddSingleton<LastKnownPeers>();
        services.AddHosted<DirectoryIdentity>();
    }

    private static void RefuseBoth(string? data)
    {
        if (!string.IsNullOrEmpty(data))
        {
            throw new OptionsValidationException(
                DirectoryOptions.Section,
                typeof(DirectoryOptions),
                [
                    $"{DataKey} and ConnectionStrings:redis are both set. Remove {DataKey} to keep the data in Redis, "
                        + "or the connection string to keep it on this machine.",
                ]
            );
        }
    }

    private static void AddLocalData(this IServiceCollection services, string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            services.AddSingleton<ILocalData, MemoryData>();
            return;
        }

        services.AddSingleton<ILocalData>(provider =>
            SqliteData.Open(
                path,
                provider.GetRequiredService<IOptions<DirectoryOptions>>().Value,
                provider.GetRequiredService<TimeProvider>()
            )
        );
    }

    private static void ValidateConnectionString(string connection)
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
                "ConnectionStrings:redis is invalid. Write it as host:port,password=..., or remove it to do "
                    + "without Redis.",
            ]
        );
    }

    private static void AddRedis(this IHostApplicationBuilder builder)
    {
        // The client's tracing would add a span for each command to the store's own spans.
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
                    // On a cluster the health check sends CLUSTER INFO, which the client treats as an admin command.
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

    private static void AddStores<TPeers, TMail, TMembers, TRequests>(this IServiceCollection services)
        where TPeers : class, IPeerStore
        where TMail : class, IMailboxStore
        where TMembers : class, IMembershipStore
        where TRequests : class, IRequestStore
    {
        services.AddSingleton<TMembers>();
        services.AddSingleton<TRequests>();
        services.AddSingleton<IMembershipStore>(provider => new ObservedMembershipStore(
            provider.GetRequiredService<TMembers>(),
            provider.GetRequiredService<StoreObserver>()
        ));
        services.AddSingleton<IRequestStore>(provider => new ObservedRequestStore(
            provider.GetRequiredService<TRequests>(),
            provider.GetRequiredService<StoreObserver>()
        ));
        services.AddSingleton<TPeers>();
        services.AddSingleton<TMail>();
        services.AddSingleton<IPeerStore>(provider => new ObservedPeerStore(
            provider.GetRequiredService<TPeers>(),
            provider.GetRequiredService<StoreObserver>()
        ));
        services.AddSingleton<IMailboxStore>(provider => new ObservedMailboxStore(
            provider.GetRequiredService<TMail>(),
            provider.GetRequiredService<StoreObserver>()
        ));
    }

    private static void AddFileLedger<TLedger, TReplicas>(this IServiceCollection services)
        where TLedger : class, IFileLedger
        where TReplicas : class, IFolderReplicas
    {
        services.AddSingleton<TLedger>();
        services.AddSingleton<IFileLedger>(provider => new ObservedFileLedger(
            provider.GetRequiredService<TLedger>(),
            provider.GetRequiredService<StoreObserver>()
        ));
        services.AddSingleton<IFolderReplicas, TReplicas>();
    }

    private static void AddFileStore(this IServiceCollection services, string? folder)
    {
        if (string.IsNullOrEmpty(folder))
        {
            services.AddSingleton<IFileStore, NoFileStore>();
            return;
        }

        services.TryAddSingleton<DiskSpaceProbe>(DiskSpace.Of);
        services.AddSingleton<IFileStore, FolderFileStore>();
    }

    private static void AddHosted<TService>(this IServiceCollection services)
        where TService : class, IHostedService
    {
        services.AddSingleton<TService>();
        services.AddHostedService(provider => provider.GetRequiredService<TService>());
    }
}

using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using P2PChat.Node.Backup;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Resilience;

namespace P2PChat.Peer.Hosting;

/// <summary>Puts a peer together.</summary>
public static class PeerServices
{
    /// <summary>
    /// A <see cref="PeerNode"/> that runs as long as its host. The host's start throws a <see cref="PeerStartException"/>
    /// where it cannot: the port is in use, the data directory is another's.
    /// </summary>
    /// <param name="options">Good ones: names and addresses are not judged again.</param>
    public static IHostApplicationBuilder AddPeer(this IHostApplicationBuilder builder, PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(
            builder.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions()
        );
        services.AddSingleton<StartupWarmup>();
        services.AddSingleton<PeerMetrics>();
        services.AddSingleton<PeerTimers>();
        services.AddIdentity(options);
        services.AddDirectory(options);
        services.AddConnections();
        services.AddChat();
        services.AddHealthChecks().AddCheck<PeerHealthCheck>("peer");

        // Started in this order, and ended in the opposite one: who leaves the directory still answers those who are connected.
        services.AddHostedService<PeerService>();
        services.AddHostedService(provider => provider.GetRequiredService<AddressMonitor>());
        services.AddHostedService(provider => provider.GetRequiredService<Registrar>());
        // A name that ends with its process has no mailbox.
        if (!options.Ephemeral)
        {
            services.AddHostedService<MailService>();
        }

        services.AddHostedService<Reconnector>();
        services.AddHostedService<ExpiryService>();
        if (options.Bot == BotKind.Echo)
        {
            services.AddHostedService<EchoBot>();
        }

        return builder;
    }

    private static void AddIdentity(this IServiceCollection services, PeerOptions options)
    {
        services.AddSingleton(_ =>
        {
            var data = DataDirectory.PathFor(options.Data, Username.Parse(options.Username));
            BackupRestorer.RefuseUnfinished(data);
            return DataDirectory.Open(data, options.GroupMayWrite);
        });
        if (options.Ephemeral)
        {
            services.AddSingleton(_ => PeerIdentity.Create());
            services.AddPrekeys(_ => null);
            services.AddSingleton(provider => new Contacts(null, provider.GetRequiredService<ILogger<Contacts>>()));
            services.AddSingleton(_ => new Preferences(null, options));
            services.AddSingleton(_ => new RestoredMarker(null));
            services.AddSingleton(provider =>
                ActivatorUtilities.CreateInstance<BackupService>(provider, new BackupSource(null))
            );
            services.AddSingleton(provider => OpenStore(provider, directory: null));
            return;
        }

        services.AddPrekeys(provider => provider.GetRequiredService<DataDirectory>());
        services.AddSingleton(provider => PeerIdentity.Open(provider.GetRequiredService<DataDirectory>()));
        services.AddSingleton(provider => new Contacts(
            provider.GetRequiredService<DataDirectory>(),
            provider.GetRequiredService<ILogger<Contacts>>()
        ));
        services.AddSingleton(provider => new Preferences(provider.GetRequiredService<DataDirectory>(), options));
        services.AddSingleton(provider => new RestoredMarker(provider.GetRequiredService<DataDirectory>()));
        services.AddSingleton(provider =>
        {
            var backups = ActivatorUtilities.CreateInstance<BackupService>(
                provider,
                new BackupSource(provider.GetRequiredService<DataDirectory>().FullPath)
            );
            backups.CopyStoreAsync = provider.GetRequiredService<PeerStore>().CopyAsync;
            return backups;
        });
        services.AddSingleton(provider => OpenStore(provider, provider.GetRequiredService<DataDirectory>()));
    }

    // A key that ends with its process takes its conversations along.
    private static PeerStore OpenStore(IServiceProvider provider, DataDirectory? directory) =>
        PeerStore.Open(
            directory,
            provider.GetRequiredService<PeerIdentity>(),
            Username.Parse(provider.GetRequiredService<PeerOptions>().Username),
            provider.GetRequiredService<ILogger<PeerStore>>()
        );

    private static void AddPrekeys(
        this IServiceCollection services,
        Func<IServiceProvider, DataDirectory?> directory
    ) =>
        services.AddSingleton(provider => new PrekeyRing(
            directory(provider),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PrekeyRing>>()
        ));

    private static void AddDirectory(this IServiceCollection services, PeerOptions options)
    {
        services
            .AddHttpClient(DirectoryHttpClient.HttpClientName, client => DirectoryHttpClient.Configure(client, options))
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                ConnectCallback = provider.GetRequiredService<DirectorySockets>().ConnectAsync,
                // A redirect would take the join token to wherever it points.
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(3),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                // The pool looks for idle connections four times per timeout.
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(4),
            })
            // PooledConnectionLifetime already makes connections find new addresses. Replaced handlers would be polled
            // every 10 s until they are garbage-collected.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddHttpMessageHandler(provider => new DirectoryTime.Handler(provider.GetRequiredService<DirectoryTime>()))
            .AddResilience();
        services.AddSingleton<DirectoryTime>();
        services.AddSingleton<DirectorySockets>();
        services.AddSingleton<DirectoryHttpClient>();
        services.AddSingleton<DirectoryIdProvider>();
        services.AddSingleton<EventLog>();
        services.AddSingleton<DirectoryRegistration>();
        services.AddSingleton<PeerLookup>();
        services.AddSingleton<NameChecker>();
        services.AddSingleton<MailboxClient>();
        services.AddSingleton(provider =>
            provider
                .GetRequiredService<IOptionsMonitor<ResilienceOptions>>()
                .Get(DirectoryHttpClient.HttpClientName)
                .BreakerControl
        );
        services.AddSingleton<AddressMonitor>();
        services.AddSingleton<OwnRecord>();
        services.AddSingleton<Registrar>();
        services.AddSingleton<DirectoryWatch>();
    }

    private static void AddConnections(this IServiceCollection services)
    {
        services.TryAddSingleton<ILocalAddresses, SystemAddresses>();
        services.AddSingleton<LinkTable>();
        services.AddSingleton<PeerListener>();
        services.AddSingleton<PeerDialer>();
    }

    private static void AddChat(this IServiceCollection services)
    {
        services.AddSingleton(provider => new SteadyClock(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MessageClock>();
        services.AddSingleton<RequestPolicy>();
        services.AddSingleton<ReconnectQueue>();
        services.AddSingleton<MailboxNotifications>();
        services.AddSingleton<MailGrants>();
        services.AddSingleton<MailCollector>();
        services.AddSingleton<MailDepositor>();
        services.AddSingleton<SessionContext>();
        services.AddSingleton<SessionTable>();
        services.AddSingleton(provider => new ConversationTrace(
            provider.GetRequiredService<PeerNode>(),
            provider.GetRequiredService<Registrar>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new PeerNode(
            provider.GetRequiredService<SessionContext>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<LinkTable>(),
            provider.GetRequiredService<PeerListener>(),
            provider.GetRequiredService<PeerDialer>(),
            provider.GetRequiredService<PeerLookup>(),
            provider.GetRequiredService<DirectoryHttpClient>(),
            provider.GetRequiredService<DirectoryRegistration>(),
            provider.GetRequiredService<BackupService>(),
            provider.GetRequiredService<ILogger<PeerNode>>()
        ));
    }
}

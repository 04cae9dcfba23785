using Microsoft.Extensions.DependencyInjection.Extensions;
using P2PChat.Node.Backup;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Lan;
using P2PChat.Node.Links;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Paths.Stun;
using P2PChat.Node.Services.Doctor;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Services;

/// <summary>Registers a peer in a host.</summary>
public static class PeerNodeServices
{
    /// <summary>
    /// The name of the HTTP client that calls the directory. The host may add handlers, such as retries.
    /// </summary>
    public const string DirectoryHttpClientName = DirectoryHttpClient.HttpClientName;

    /// <summary>The name of the HTTP client that transfers files to and from the directory.</summary>
    public const string FileHttpClientName = FileStoreClient.HttpClientName;

    /// <summary>Limit for one try of that client, until the headers of the response arrive.</summary>
    public static TimeSpan FileTryTimeout => FileStoreClient.TryTimeout;

    /// <summary>
    /// Registers a peer that runs as long as its host. Starting the host throws a <see cref="PeerStartException"/> if
    /// the port is in use or the data directory belongs to another process.
    /// </summary>
    /// <param name="options">Valid options: names and addresses are not checked again.</param>
    public static IServiceCollection AddPeerNode(
        this IServiceCollection services,
        PeerOptions options,
        TelemetryOptions telemetry
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(telemetry);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(telemetry);
        services.AddSingleton(provider => new StartupWarmup(provider));
        services.AddSingleton<PeerMetrics>();
        services.AddSingleton<PeerTimers>();
        services.AddDataDirectory(options);
        services.AddDirectoryClient(options);
        services.AddLinks();
        services.AddPaths(options);
        services.AddSessions();
        services.AddPeerServices(options);
        services.AddBackgroundServices(options);
        return services;
    }

    // Services start in this order and stop in reverse, so a peer that has left the directory still answers its
    // contacts.
    private static void AddBackgroundServices(this IServiceCollection services, PeerOptions options)
    {
        services.AddHostedService(provider => provider.GetRequiredService<PeerRuntime>());
        services.AddHostedService(provider => provider.GetRequiredService<AddressMonitor>());
        // An ephemeral peer has no mailbox, and nothing to remember. What the record says must be known before it is
        // published.
        if (!options.Ephemeral)
        {
            services.AddHostedService<RequestBoxOpener>();
        }

        services.AddHostedService(provider => provider.GetRequiredService<Registrar>());
        services.AddHostedService(provider => provider.GetRequiredService<SignalWatch>());
        if (!options.Ephemeral)
        {
            services.AddHostedService<DirectoryMemory>();
            services.AddHostedService<JoinCodePublisher>();
            services.AddHostedService<DirectoryMove>();
            services.AddHostedService<MailService>();
            services.AddSingleton<SealedCopyTransfers>();
            services.AddHostedService<SealedCopyService>();
        }

        services.AddHostedService(provider => provider.GetRequiredService<ReflexiveAddresses>());
        services.AddHostedService<LanService>();
        services.AddPathSearches();
        services.AddHostedService<DirectoryAnnouncer>();
        services.AddHostedService<Rooms.RoomWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<Rooms.RoomAcquaintances>());
        services.AddHostedService<RoomLinkStarter>();
        services.AddHostedService<Reconnector>();
        services.AddHostedService<ExpiryService>();
        services.AddHostedService<DisappearanceService>();
        if (options.Bot == BotKind.Echo)
        {
            services.AddHostedService<EchoBot>();
        }
    }

    private static void AddLinks(this IServiceCollection services)
    {
        services.TryAddSingleton<ILocalAddresses, SystemAddresses>();
        services.AddSingleton<DirectAccess>();
        services.AddSingleton<LinkTable>();
        services.AddSingleton<SharedPort>();
        services.AddSingleton<PeerListener>();
        services.AddSingleton<LanPeers>();
        services.AddSingleton<StunServerFinder>();
        services.AddSingleton<ReflexiveAddresses>();
        services.AddSingleton<INatProbe, NatProbe>();
        services.AddSingleton<Puncher>();
    }

    private static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton(provider => new SteadyClock(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventLog>();
        services.AddSingleton<MessageClock>();
        services.AddSingleton<RequestPolicy>();
        services.AddSingleton<ReconnectQueue>();
        services.AddSingleton<MailboxNotifications>();
        services.AddSingleton<MailRequests>();
        services.AddSingleton<RoomQueue>();
        services.AddSingleton<RoomMembers>();
        services.AddSingleton<LinkPlaces>();
        services.AddSingleton<MailGrants>();
        services.AddSingleton<MailCollector>();
        services.AddSingleton<MailDepositor>();
        services.AddSingleton<MailIntroducer>();
        services.AddSingleton<MailRequestReceiver>();
        services.AddSingleton<RequestBoxCollector>();
        services.AddSingleton<RequestBoxSender>();
        services.AddSingleton<InviteBook>();
        services.AddSingleton<InviteAddress>();
        services.AddSingleton<JoinedInvites>();
        services.AddSingleton<DirectoryOffers>();
        services.AddFiles();
        services.AddSingleton<SessionContext>();
        services.AddSingleton<SessionTable>();
    }

    private static void AddPeerServices(this IServiceCollection services, PeerOptions options)
    {
        services.AddSingleton<PeerLifetime>();
        services.AddSingleton<LocalChanges>();
        services.AddSingleton<BlockPolicy>();
        services.AddSingleton<MailRequestService>();
        services.AddSingleton<PeerConnector>();
        services.AddSingleton<InboundConnections>();
        services.AddSingleton<InviteJoiner>();
        services.AddSingleton<StateRestorer>();
        services.AddSingleton<PeerRuntime>();
        services.AddSingleton(provider => new StatusService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<PeerListener>(),
            provider.GetRequiredService<LocalCandidates>(),
            provider.GetRequiredService<DirectoryRegistration>(),
            provider.GetRequiredService<JoinedInvites>(),
            provider.GetRequiredService<LinkTable>()
        ));
        services.AddSingleton(provider => new ConnectionService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<PeerConnector>(),
            provider.GetRequiredService<MailRequestService>(),
            provider.GetRequiredService<DirectoryHttpClient>(),
            provider.GetRequiredService<Contacts>(),
            provider.GetRequiredService<BlockPolicy>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new MessageService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<PeerStore>(),
            provider.GetRequiredService<BlockPolicy>(),
            provider.GetRequiredService<PeerLifetime>(),
            provider.GetRequiredService<LocalChanges>(),
            provider.GetRequiredService<SealedCopies>()
        ));
        services.AddSingleton<Disappearance>();
        services.AddSingleton(provider => new TimerService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<BlockPolicy>(),
            provider.GetRequiredService<PeerLifetime>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddRooms();
        services.AddSingleton(provider => new ChatMarkService(
            provider.GetRequiredService<PeerStore>(),
            provider.GetRequiredService<Contacts>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new ContactService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<Contacts>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<PeerStore>(),
            provider.GetRequiredService<PeerLookup>(),
            provider.GetRequiredService<BlockPolicy>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new InviteService(
            provider.GetRequiredService<InviteBook>(),
            provider.GetRequiredService<InviteJoiner>(),
            provider.GetRequiredService<ConnectionService>(),
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<InviteAddress>(),
            provider.GetRequiredService<RoomLinkService>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new PresenceService(
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<Preferences>()
        ));
        services.AddSingleton(provider => new ProfileService(
            provider.GetRequiredService<ProfileBook>(),
            provider.GetRequiredService<Contacts>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new SettingsService(provider.GetRequiredService<Preferences>()));
        services.AddSingleton<DoctorTelemetry>();
        services.AddSingleton<LocalCheck>();
        services.AddSingleton<DirectoryCheck>();
        services.AddSingleton(provider => new PairCheck(
            provider.GetRequiredService<PeerConnector>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<Contacts>(),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IPathTester>()
        ));
        services.AddSingleton(provider => new DoctorService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<Preferences>(),
            provider.GetRequiredService<BlockPolicy>(),
            options,
            provider.GetRequiredService<DoctorTelemetry>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<LocalCheck>(),
            provider.GetRequiredService<DirectoryCheck>(),
            provider.GetRequiredService<PairCheck>(),
            provider.GetRequiredService<INatProbe>()
        ));
        services.AddSingleton(provider => new BackupService(provider.GetRequiredService<BackupWriter>()));
        services.AddSingleton(provider => new ConversationTrace(
            provider.GetRequiredService<ConnectionService>(),
            provider.GetRequiredService<MessageService>(),
            provider.GetRequiredService<EventLog>(),
            provider.GetRequiredService<Registrar>(),
            provider.GetRequiredService<TimeProvider>()
        ));
    }
}

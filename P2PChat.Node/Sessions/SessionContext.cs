using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>The services and settings that all sessions of a peer share. Thread-safe.</summary>
internal sealed class SessionContext(
    PeerOptions options,
    PeerIdentity identity,
    EventLog events,
    Contacts contacts,
    NameChecker names,
    PeerMetrics metrics,
    RequestPolicy policy,
    Preferences preferences,
    ProfileBook profiles,
    RestoredMarker restored,
    TelemetryOptions telemetry,
    PeerStore store,
    InviteBook invites,
    JoinedInvites joined,
    DirectoryOffers directoryOffers,
    ReconnectQueue reconnect,
    PathUpgrades upgrades,
    MailboxNotifications mail,
    MailRequests mailRequests,
    TransferBook transfers,
    TransferPolicy transferPolicy,
    DownloadFolder downloads,
    DiskReserve diskReserve,
    SealedCopies copies,
    UploadFolder uploads,
    RoomQueue rooms,
    RoomMembers roomMembers,
    PeerTimers timers,
    TimeProvider timeProvider,
    SteadyClock steadyClock,
    MessageClock messageClock,
    ILogger<SessionHost> logger
)
{
    private readonly Lock _gate = new();

    // Guarded by _gate. The clock alone does not suffice: that of the machine that restored a backup may be behind.
    private ulong _lastEpoch = restored.EpochFloor ?? 0;

    /// <summary>Whether this peer was restored from a backup.</summary>
    public RestoredMarker Restored { get; } = restored;

    public PeerId SelfId { get; } = identity.PeerId;

    public Username Self { get; } = Username.Parse(options.Username);

    public PeerStore Store { get; } = store;

    /// <summary>This peer's own invites.</summary>
    public InviteBook Invites { get; } = invites;

    /// <summary>The invites that this peer was given.</summary>
    public JoinedInvites Joined { get; } = joined;

    /// <summary>The addresses of the directory that peers tell each other.</summary>
    public DirectoryOffers DirectoryOffers { get; } = directoryOffers;

    /// <summary>The contacts to reconnect to.</summary>
    public ReconnectQueue Reconnect { get; } = reconnect;

    /// <summary>When to look for better paths than the relay.</summary>
    public PathUpgrades Upgrades { get; } = upgrades;

    public MailboxNotifications Mail { get; } = mail;

    /// <summary>The requests by mail that wait for an answer.</summary>
    public MailRequests MailRequests { get; } = mailRequests;

    /// <summary>The transfers of files.</summary>
    public TransferBook Transfers { get; } = transfers;

    /// <summary>Which files are accepted.</summary>
    public TransferPolicy TransferPolicy { get; } = transferPolicy;

    /// <summary>The copies of files at the directory.</summary>
    public SealedCopies Copies { get; } = copies;

    /// <summary>The download folder.</summary>
    public DownloadFolder Downloads { get; } = downloads;

    /// <summary>The space that files leave free.</summary>
    public DiskReserve DiskReserve { get; } = diskReserve;

    public UploadFolder Uploads { get; } = uploads;

    /// <summary>Passes what arrives to the rooms.</summary>
    public RoomQueue Rooms { get; } = rooms;

    /// <summary>The members of this peer's rooms.</summary>
    public RoomMembers RoomMembers { get; } = roomMembers;

    public ContactStateLog ContactStateLog { get; } = new(logger);

    public NameWarnings Warnings { get; } = new(contacts, joined, events, steadyClock);

    /// <summary>Signalled when a deadline may have changed.</summary>
    public PeerTimers Timers { get; } = timers;

    /// <summary>
    /// Whether this peer is ephemeral: its key lasts only as long as its process, and it receives no mail.
    /// </summary>
    public bool IsEphemeral { get; } = options.Ephemeral;

    /// <summary>How long to wait for a link before mail is deposited.</summary>
    public TimeSpan DepositAfter { get; } = options.DepositAfter;

    /// <summary>How long a link may take to answer when another key claims its name.</summary>
    public TimeSpan ProbeTimeout { get; } = options.ProbeTimeout;

    public ConversationOptions Conversation { get; } = OptionsOf(options, preferences);

    public HandshakeOptions Handshake { get; } =
        new() { HandshakeTimeout = options.HandshakeTimeout, RequestTimeout = options.RequestTimeout };

    /// <summary>Whether trace context is exchanged with other peers.</summary>
    public bool AcrossPeers { get; } = telemetry.AcrossPeers;

    public EventLog Events { get; } = events;

    public Contacts Contacts { get; } = contacts;

    public NameChecker Names { get; } = names;

    public PeerMetrics Metrics { get; } = metrics;

    public RequestPolicy Policy { get; } = policy;

    /// <summary>The user's settings.</summary>
    public Preferences Preferences { get; } = preferences;

    /// <summary>This peer's profile, and those of others.</summary>
    public ProfileBook Profiles { get; } = profiles;

    /// <summary>The wall clock, for times that others see, and for timestamps.</summary>
    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>A clock that does not jump, for deadlines and pauses.</summary>
    public SteadyClock SteadyClock { get; } = steadyClock;

    /// <summary>The clocks by which messages age.</summary>
    public MessageClock MessageClock { get; } = messageClock;

    public ILogger<SessionHost> Logger { get; } = logger;

    /// <summary>An epoch that no session of this peer has used.</summary>
    /// <param name="above">
    /// The conversation's present epoch. The other side can raise it, so it does not affect other conversations.
    /// </param>
    public ulong NextEpoch(ulong above = 0)
    {
        lock (_gate)
        {
            _lastEpoch = Epochs.Next(TimeProvider.GetUtcNow(), _lastEpoch, Conversation.Draw);
            return _lastEpoch > above ? _lastEpoch : Epochs.Above(above, Conversation.Draw);
        }
    }

    private static ConversationOptions OptionsOf(PeerOptions options, Preferences preferences)
    {
        var conversation = new ConversationOptions
        {
            Expiry = options.MessageExpiry,
            ReadReceipts = preferences.ReadReceipts,
        };
        preferences.Changed += () => conversation.ReadReceipts = preferences.ReadReceipts;
        return conversation;
    }
}

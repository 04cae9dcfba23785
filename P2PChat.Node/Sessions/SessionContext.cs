using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>What all sessions of a peer have in common.</summary>
internal sealed class SessionContext(
    PeerOptions options,
    PeerIdentity identity,
    EventLog events,
    Contacts contacts,
    NameChecker names,
    PeerMetrics metrics,
    RequestPolicy policy,
    Preferences preferences,
    RestoredMarker restored,
    TelemetryOptions telemetry,
    PeerStore store,
    ReconnectQueue reconnect,
    MailboxNotifications mail,
    PeerTimers timers,
    TimeProvider clock,
    SteadyClock steady,
    MessageClock messageClock,
    ILogger<ChatSession> logger
)
{
    // Peers with other keys may come often; the person is warned once in that time, and of only a few keys.
    private static readonly TimeSpan WarnAgainAfter = TimeSpan.FromMinutes(1);

    private const int MaxTold = 10_000;
    private const int MaxToldOfAName = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Username Name, PeerId Key), DateTimeOffset> _warned = [];
    private readonly Dictionary<(Username Name, PeerId Key), DateTimeOffset> _claimed = [];

    // Where the clock of the machine on which a backup was restored is behind, the time alone would not do.
    private ulong _lastEpoch = restored.EpochFloor ?? 0;

    /// <summary>Whether what this peer stands on is a backup.</summary>
    public RestoredMarker Restored { get; } = restored;

    public PeerId SelfId { get; } = identity.PeerId;

    public Username Self { get; } = Username.Parse(options.Username);

    /// <summary>What outlives this process.</summary>
    public PeerStore Store { get; } = store;

    /// <summary>Whom to connect to again.</summary>
    public ReconnectQueue Reconnect { get; } = reconnect;

    /// <summary>What becomes of mail.</summary>
    public MailboxNotifications Mail { get; } = mail;

    /// <summary>Whether the state of contacts, apart from messages, can be saved.</summary>
    public SaveState NotesSaved { get; } = new();

    /// <summary>Signalled when a deadline may have changed.</summary>
    public PeerTimers Timers { get; } = timers;

    /// <summary>Whether this peer's key lives no longer than its process: nobody leaves mail for it.</summary>
    public bool IsEphemeral { get; } = options.Ephemeral;

    /// <summary>How long a link is waited for before mail is left.</summary>
    public TimeSpan DepositAfter { get; } = options.DepositAfter;

    /// <summary>How long a link may take to answer when another key claims its name.</summary>
    public TimeSpan ProbeTimeout { get; } = options.ProbeTimeout;

    public ConversationOptions Conversation { get; } = OptionsOf(options, preferences);

    public HandshakeOptions Handshake { get; } =
        new() { HandshakeTimeout = options.HandshakeTimeout, RequestTimeout = options.RequestTimeout };

    public bool AcrossPeers { get; } = telemetry.AcrossPeers;

    public EventLog Events { get; } = events;

    public Contacts Contacts { get; } = contacts;

    public NameChecker Names { get; } = names;

    public PeerMetrics Metrics { get; } = metrics;

    public RequestPolicy Policy { get; } = policy;

    /// <summary>What the person has chosen.</summary>
    public Preferences Preferences { get; } = preferences;

    /// <summary>The wall clock, for what others see; and timestamps.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>For deadlines and pauses: it does not jump.</summary>
    public SteadyClock Steady { get; } = steady;

    /// <summary>By which messages age.</summary>
    public MessageClock MessageClock { get; } = messageClock;

    public ILogger<ChatSession> Logger { get; } = logger;

    /// <summary>An epoch that no session of this peer had before.</summary>
    /// <param name="above">
    /// The present one of its conversation. The other side has a say in it: how high it is counts for no other conversation.
    /// </param>
    public ulong NextEpoch(ulong above = 0)
    {
        lock (_gate)
        {
            _lastEpoch = Epochs.Next(Clock.GetUtcNow(), _lastEpoch, Conversation.Draw);
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

    /// <summary>Somebody has shown up under a name that is pinned to another key.</summary>
    public void WarnOfChangedKey(Username name, PeerId key)
    {
        if (!IsDue(_warned, name, key))
        {
            return;
        }

        Contacts.NoteOtherKey(name, key);
        Events.Add(new PeerEvent.KeyChanged(name, key));
    }

    /// <summary>A peer with another key has claimed the name of one that is connected.</summary>
    public void TellOfClaim(Username name, PeerId key)
    {
        if (IsDue(_claimed, name, key))
        {
            Events.Add(new PeerEvent.NameClaimed(name, key));
        }
    }

    private bool IsDue(Dictionary<(Username Name, PeerId Key), DateTimeOffset> told, Username name, PeerId key)
    {
        var now = Steady.GetUtcNow();
        lock (_gate)
        {
            if (told.TryGetValue((name, key), out var last) && now - last < WarnAgainAfter)
            {
                return false;
            }

            if (
                told.Count(one => one.Key.Name == name && one.Key.Key != key && now - one.Value < WarnAgainAfter)
                >= MaxToldOfAName
            )
            {
                return false;
            }

            if (told.Count >= MaxTold)
            {
                told.Clear();
            }

            told[(name, key)] = now;
            return true;
        }
    }
}

using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The session with one other peer. Owns the lock, the state machine and the drain: every input takes the lock, drives
/// the machine and drains its effects. Nothing under the lock blocks. Thread-safe.
/// </summary>
/// <remarks>
/// The parts of a session share its lock: their public members take it, their internal members expect it to be held.
/// </remarks>
internal sealed class SessionHost
{
    private List<SessionEffect> _effects = [];

    /// <exception cref="StoreException">The stored conversation cannot be read.</exception>
    public SessionHost(SessionContext context, SessionNames<SessionHost> names, PeerId remote)
    {
        Context = context;
        Remote = remote;
        var stored = context.Store.Conversations.Load(remote);
        var snapshot = stored?.Session ?? new SessionSnapshot(null, new ConversationSnapshot(context.NextEpoch()));
        Machine = new PeerSession(
            context.SelfId,
            context.Self,
            remote,
            snapshot,
            context.Handshake,
            context.Conversation
        );
        var writer = new ConversationWriter(
            context.Store.Writer,
            remote,
            snapshot.Conversation.Epoch,
            OnCommitted,
            OnStoreFailed
        )
        {
            IsEphemeral = stored?.Ephemeral ?? false,
        };
        Commits = new CommitGate(context, writer, snapshot.Conversation.TheirEpoch);
        Contact = new ContactState(context, remote, stored, writer);
        NameClaim = new NameClaim(this, names);
        Links = new SessionLinks(this);
        Dial = new OutboundDial(this);
        Upgrade = new LinkUpgrade(this);
        Requests = new IncomingRequests(this);
        Capabilities = new MailboxCapabilities(this, stored?.TheirCapability);
        Mail = new MailboxSchedule(this);
        Introductions = new MailIntroductions(this);
        DirectoryNotice = new DirectoryNotice(this);
        Profiles = new ProfileExchange(this);
        Rooms = new SessionRooms(this);
        TimerRepeats = new TimerRepeats(this);
        Messages = new SessionMessages(this, stored?.Timers ?? StoredTimers.None);
        Files = new SessionFiles(this);
        Lifecycle = new SessionLifecycle(this);
        Executor = new EffectExecutor(this);
        // The store may be older than what the other side has been told, as after a restore from a backup.
        if (context.Store.HasLostWrites && stored is not null)
        {
            Lifecycle.BeginNextEpoch();
        }
    }

    /// <summary>
    /// Called under the lock with the name before and after, when the other peer's name becomes known or changes, and
    /// before any event carries the new name.
    /// </summary>
    public Action<SessionHost, Username?, Username>? Renamed { get; init; }

    /// <summary>Called outside of the lock when the store has failed: this session can no longer be used.</summary>
    public Action<SessionHost>? Broken { get; init; }

    public PeerId Remote { get; }

    public OutboundDial Dial { get; }

    public LinkUpgrade Upgrade { get; }

    public IncomingRequests Requests { get; }

    public SessionLinks Links { get; }

    public SessionMessages Messages { get; }

    public TimerRepeats TimerRepeats { get; }

    public SessionFiles Files { get; }

    public MailboxSchedule Mail { get; }

    public MailIntroductions Introductions { get; }

    public SessionLifecycle Lifecycle { get; }

    public DirectoryNotice DirectoryNotice { get; }

    public ProfileExchange Profiles { get; }

    public SessionRooms Rooms { get; }

    /// <summary>Whether the other side, not this one, requested the present connection.</summary>
    public bool TheyAsked => Contact.TheyAsked;

    /// <summary>The other peer's name; null until it has been verified.</summary>
    public Username? Name
    {
        get
        {
            lock (StateLock)
            {
                return NameClaim.Current;
            }
        }
    }

    public Relation Relation
    {
        get
        {
            lock (StateLock)
            {
                return Machine.IsConnected && !Machine.IsForRooms ? Relation.Connected
                    : Machine.HasReceivedRequest ? Relation.RequestReceived
                    : Machine.HasSentRequest ? Relation.RequestSent
                    : Relation.None;
            }
        }
    }

    /// <summary>How the open link travels; null while not connected.</summary>
    public PathKind? Path => Links.Path;

    /// <summary>The other peer's features, from its last Hello on an open link.</summary>
    public PeerFeatures Features
    {
        get
        {
            lock (StateLock)
            {
                return Machine.Features;
            }
        }
    }

    /// <summary>Whether the two have been connected since this peer started.</summary>
    public bool HasConnected
    {
        get
        {
            lock (StateLock)
            {
                return Executor.HasConnected;
            }
        }
    }

    /// <summary>How a message would be sent now.</summary>
    public SendRoute Route
    {
        get
        {
            lock (StateLock)
            {
                return Machine.IsConnected ? SendRoute.Link
                    : Capabilities.HasMailbox ? SendRoute.Mailbox
                    : SendRoute.Queue;
            }
        }
    }

    /// <summary>Guards the machine and all parts of this session.</summary>
    internal Lock StateLock { get; } = new();

    internal PeerSession Machine { get; }

    internal SessionContext Context { get; }

    internal SessionSpans Spans => Links.Spans;

    internal CommitGate Commits { get; }

    internal ContactState Contact { get; }

    internal NameClaim NameClaim { get; }

    internal MailboxCapabilities Capabilities { get; }

    internal EffectExecutor Executor { get; }

    /// <summary>
    /// The capability for the other peer's mailbox; null if there is none, or this peer deposits no mail.
    /// </summary>
    public ReadOnlyMemory<byte>? MailCapability
    {
        get
        {
            lock (StateLock)
            {
                return Capabilities.HasMailbox ? Capabilities.Theirs : null;
            }
        }
    }

    /// <summary>
    /// Whether the other peer's version can do something, or may be able to: of a peer that is known by mail only,
    /// nobody has heard what it can do.
    /// </summary>
    public bool MayHaveFeature(PeerFeatures feature) =>
        Features is var known && (known.HasFlag(feature) || (known == PeerFeatures.None && !HasConnected));

    /// <summary>Tells the other peer whether the user is typing.</summary>
    public void SetTyping(bool active)
    {
        lock (StateLock)
        {
            // Members of the same rooms are told per room.
            if (!Machine.IsForRooms)
            {
                Machine.Conversation.SetTyping(active);
                Drain();
            }
        }
    }

    /// <summary>Tells the other peer whether the user is present.</summary>
    public void SetPresence(PresenceState state)
    {
        lock (StateLock)
        {
            Machine.Conversation.SetPresence(state);
            Drain();
        }
    }

    /// <summary>Called by the store when all changes up to a ticket are durable.</summary>
    public void OnCommitted(long ticket)
    {
        lock (StateLock)
        {
            Commits.OnCommitted(ticket);
            Drain();
        }
    }

    /// <summary>
    /// Queues the machine's new effects and executes those that are released. Call it after each input.
    /// </summary>
    internal void Drain()
    {
        if (Lifecycle.IsBroken)
        {
            return;
        }

        while (true)
        {
            // Executing an effect may produce more, which come after those that the machine has already produced.
            if (Machine.TakeEffects(ref _effects))
            {
                NameClaim.Observe();
                foreach (var effect in _effects)
                {
                    Enqueue(effect);
                }
            }
            else if (Commits.Take() is not { } released)
            {
                break;
            }
            else if (!Links.TryExecute(released))
            {
                Executor.Execute(released);
            }
        }

        Requests.OnDrained();
        NameClaim.Observe();
        NameClaim.ReleaseIfUnused();
        Context.Timers.Signal();
    }

    internal void Publish(PeerEvent @event) => Context.Events.Add(@event);

    // Frames about files depend on no change, and neither does a grant. Both a grant and a removal take effect here, so
    // that they keep their order.
    private void Enqueue(SessionEffect effect)
    {
        if (effect is SessionEffect.MailboxGranted granted)
        {
            Capabilities.OnGranted(granted.Capability);
            return;
        }

        if (effect is SessionEffect.ProfileReceived received)
        {
            // A contact can send any number while the store is slow, so only the last one waits for it.
            if (!Profiles.OnArrived(received))
            {
                return;
            }

            effect = ProfileExchange.Arrival;
        }

        if (effect is SessionEffect.FileFrame file)
        {
            Files.OnFrame(file.Frame);
            return;
        }

        if (effect is SessionEffect.LinkInUse moved)
        {
            // Depends on no change, so files continue at once.
            Files.OnMoved(moved.Link);
        }

        Commits.Add(effect);
        if (effect is SessionEffect.Store { Change: Change.ContactRemoved })
        {
            Capabilities.OnContactRemoved();
            Profiles.OnContactRemoved();
            Files.Changes.OnContactRemoved();
            TimerRepeats.OnContactRemoved();
        }

        if (effect is SessionEffect.Store { Change: Change.Acknowledged { ByRemote: true } })
        {
            Files.Changes.OnAcknowledged();
        }

        if (effect is SessionEffect.Store { Change: Change.Accepted { Name: var name } })
        {
            TimerRepeats.OnAccepted(name);
        }
    }

    private void OnStoreFailed(StoreException exception) => Lifecycle.OnStoreFailed(exception);
}

using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Simulation;

/// <summary>One peer: a process that starts and crashes, with an adjustable clock and a disk.</summary>
internal sealed class SimulatedPeer
{
    private readonly Simulation _world;
    private readonly SortedDictionary<string, SimulatedSession> _sessions = new(StringComparer.Ordinal);
    private int _registeredAfter;
    private long _lossNoted;

    public SimulatedPeer(Simulation world, int number, ConversationOptions options)
    {
        _world = world;
        Options = options;
        Label = ((char)('a' + number)).ToString() + "-peer";
        Name = Username.Parse(Label);
        Id = PeerId.FromHash([(byte)number, .. new byte[PeerId.Size - 1]]);
        Store = new SimulatedStore(this, world);
        IsOld = world.Contents.DrawIsOld();
    }

    public string Label { get; }

    public Username Name { get; }

    public PeerId Id { get; }

    public ConversationOptions Options { get; }

    public SimulatedStore Store { get; }

    /// <summary>Whether it runs an older version, which knows no content.</summary>
    public bool IsOld { get; }

    public HandshakeOptions Handshake =>
        new()
        {
            Features =
                IsOld ? PeerFeatures.None
                : _world.HasProfiles ? PeerFeatures.Content | PeerFeatures.Timer | PeerFeatures.Profile
                : PeerFeatures.Content | PeerFeatures.Timer,
        };

    public bool IsUp { get; private set; } = true;

    /// <summary>Error of its clock.</summary>
    public TimeSpan ClockOffset { get; set; }

    public DateTimeOffset Now => _world.Now + ClockOffset;

    /// <summary>Total running time of its processes. A crash loses up to a minute of it.</summary>
    public TimeSpan Ran { get; set; }

    /// <summary>Readings of its clocks.</summary>
    public TimeReading Reading =>
        new(ToMilliseconds(Now), Ran, HasDirectory ? ToMilliseconds(_world.DirectoryNow) : null);

    /// <summary>Whether it can reach the directory.</summary>
    public bool HasDirectory { get; set; } = true;

    /// <summary>Whether it crashed between learning that its name is new and storing the loss of its mailbox.</summary>
    public bool HasMissedLoss { get; private set; }

    /// <summary>Whether it was restored from an older copy without noticing.</summary>
    public bool HasLostWrites { get; set; }

    /// <summary>The blocked contacts, which are stored at once and apart from conversations.</summary>
    public SortedSet<string> Blocked { get; } = new(StringComparer.Ordinal);

    /// <summary>The requests by mail that wait for the user. Stored before their envelope is deleted.</summary>
    public SortedSet<string> MailRequests { get; } = new(StringComparer.Ordinal);

    /// <summary>Its profile, which is stored at once.</summary>
    public PeerProfile Profile { get; private set; } = PeerProfile.None;

    /// <summary>The versions of others' profiles. They are stored later, so that a crash may lose them.</summary>
    public SortedDictionary<string, long> Profiles { get; } = new(StringComparer.Ordinal);

    public List<StoreBackup> Backups { get; } = [];

    /// <summary>The last restored backup, the time by its own clock, and whether it noticed; null if none.</summary>
    public (StoreBackup Backup, DateTimeOffset At, bool IsNoticed)? LastRestore { get; set; }

    public IEnumerable<SimulatedSession> Sessions => _sessions.Values;

    public SimulatedSession SessionWith(SimulatedPeer remote)
    {
        if (_sessions.TryGetValue(remote.Label, out var session))
        {
            return session;
        }

        var stored = Store.Contacts.GetValueOrDefault(remote.Label);
        session = new SimulatedSession(
            _world,
            this,
            remote,
            stored?.Snapshot ?? new SessionSnapshot(null, new ConversationSnapshot(EpochAbove(0)))
        );
        _sessions.Add(remote.Label, session);
        if (stored is { NeedsEpoch: true })
        {
            session.Machine.Conversation.BeginEpoch(EpochAbove(stored.Snapshot.Conversation.Epoch));
            session.Apply();
        }

        return session;
    }

    /// <summary>Registers. A directory that has forgotten the name has lost the mailboxes too.</summary>
    public void Register()
    {
        if (!HasDirectory || _registeredAfter == _world.Mailbox.Losses || _world.Fault == TestFault.LossIgnored)
        {
            return;
        }

        _registeredAfter = _world.Mailbox.Losses;
        _world.Trace($"{this} learns that its name is new");
        foreach (var (name, _) in Store.Contacts)
        {
            _ = SessionWith(_world.PeerOf(name));
        }

        foreach (var session in Sessions)
        {
            session.Machine.MailboxesLost();
            session.Apply();
        }

        _lossNoted = Store.Last;
    }

    /// <summary>Its person changes the profile.</summary>
    public void ChangeProfile()
    {
        var random = _world.ProfileRandom;
        var version = ProfileRules.NextVersion(Profile.Version, Now, random.Next(ProfileRules.MaxVersionJump));
        Profile = new PeerProfile(version, $"{version}", default);
        foreach (var session in _sessions.Values)
        {
            session.Profiles.Send();
        }
    }

    /// <summary>Crashes the process between any two of its actions.</summary>
    public void Crash()
    {
        foreach (var label in Profiles.Keys.Where(_ => _world.ProfileRandom.Next(4) == 0).ToList())
        {
            _ = Profiles.Remove(label);
        }

        IsUp = false;
        Ran -= TimeSpan.FromMilliseconds(
            _world.Random.Next(Math.Min(60_000, (int)Math.Min(int.MaxValue, Ran.TotalMilliseconds)) + 1)
        );
        foreach (var session in _sessions.Values)
        {
            session.Die();
        }

        _sessions.Clear();
        var survive = _world.Random.Next(Store.Pending + 1);
        HasMissedLoss |= Store.Last - Store.Pending + survive < _lossNoted;
        Store.Crash(survive);
    }

    /// <summary>Starts the process. Its person reads the history.</summary>
    public void Start()
    {
        IsUp = true;
        foreach (var (name, contact) in Store.Contacts.ToList())
        {
            foreach (var (text, state) in contact.States)
            {
                _world.Checker.StateSeen(text, state, _world.Now);
            }

            contact.CheckHistory();

            var session = SessionWith(_world.PeerOf(name));
            if (!Blocked.Contains(name))
            {
                continue;
            }
            // The block is stored apart from the conversation, which may not have been changed before the crash.
            session.Machine.RemoveContact();
            session.Apply();
        }
    }

    public override string ToString() => Label;

    // As they are stored.
    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private ulong EpochAbove(ulong above) => Epochs.Next(Now, above, Options.Draw);
}

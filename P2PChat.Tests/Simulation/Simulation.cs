using Google.Protobuf;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>How the simulated peers know each other at the start.</summary>
internal enum SimulationStart
{
    Contacts,

    /// <summary>Of each two, one has joined by the other's invite, and the other does not know yet.</summary>
    Invited,

    Strangers,
}

/// <summary>
/// Two to four peers, the network and the directory between them, and their faults. Each seed gives one reproducible
/// history. Steps are as small as one effect, one frame or one commit, so that a crash can happen between any two.
/// </summary>
internal sealed class Simulation
{
    /// <summary>Stands for every mailbox capability: the directory accepts all deposits.</summary>
    public static readonly byte[] Capability = new byte[MailboxCapability.Size];

    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SimulationSteps _steps;
    private readonly SentMessages _messages;
    private readonly Action<string>? _trace;
    private readonly int _seed;

    /// <param name="folder">For real stores, from which messages disappear; null for none.</param>
    public Simulation(int seed, TestFault fault, Action<string>? trace, string? folder = null)
    {
        (_seed, Fault, _trace) = (seed, fault, trace);
        Timers = new SimulatedTimers(this, folder, new Random(seed ^ 0x71AE));
        Random = new Random(seed);
        _messages = new SentMessages(this);
        Contents = new SimulatedContents(this, new Random(seed ^ 0xC0DE));
        ProfileRandom = new Random(seed ^ 0x9F0F);
        HasProfiles = ProfileRandom.Next(4) == 0;
        var features = new Random(~seed);
        var count = features.Next(10) switch
        {
            < 6 => 2,
            < 9 => 3,
            _ => 4,
        };
        for (var number = 0; number < count; number++)
        {
            var options = new ConversationOptions
            {
                ReadReceipts = features.Next(4) > 0,
                HeldMails = features.Next(4) > 0 ? 512 : 2,
                Draw = Draw,
                RecallMessages = features.Next(4) > 0 ? 1024 : 2,
            };
            Peers.Add(new SimulatedPeer(this, number, options));
        }

        // A generator of its own, so that seeds without invites give the same histories as in earlier versions.
        var invites = new Random(seed ^ 0x1417);
        Paths = new SimulationPaths(this, new Random(seed ^ 0x9A7B));
        _steps = new SimulationSteps(this, features, invites);
        Start =
            features.Next(5) > 0 ? SimulationStart.Contacts
            : invites.Next(2) == 0 ? SimulationStart.Strangers
            : SimulationStart.Invited;
        if (Start != SimulationStart.Strangers)
        {
            Introduce();
        }
    }

    public List<SimulatedPeer> Peers { get; } = [];

    public List<SimulatedLink> Links { get; } = [];

    public SimulationPaths Paths { get; }

    /// <summary>The dials in progress.</summary>
    public List<SimulatedSession> Dials { get; } = [];

    /// <summary>The deposits in progress, and whether the envelope is in the mailbox already.</summary>
    public List<(SimulatedSession Session, ConversationMail Mail, bool IsStored)> Deposits { get; } = [];

    /// <summary>Pairs of peers that cannot reach each other.</summary>
    public HashSet<(string, string)> Partitions { get; } = [];

    public Random Random { get; set; }

    public TestFault Fault { get; }

    public PromiseChecker Checker { get; } = new(new ConversationOptions().Expiry);

    public SimulatedMailbox Mailbox { get; } = new();

    public SimulatedContents Contents { get; }

    public SimulatedTimers Timers { get; }

    /// <summary>Whether the peers have profiles.</summary>
    public bool HasProfiles { get; }

    public Random ProfileRandom { get; }

    /// <summary>The true time, which no simulated peer knows.</summary>
    public DateTimeOffset Now { get; private set; } = Epoch;

    /// <summary>Error of the directory's clock.</summary>
    public TimeSpan DirectoryOffset { get; set; }

    public DateTimeOffset DirectoryNow => Now + DirectoryOffset;

    /// <summary>How the peers know each other at the start.</summary>
    public SimulationStart Start { get; }

    /// <summary>Whether a peer was restored from a backup or an older copy.</summary>
    public bool HasRestored { get; set; }

    public bool IsTraced => _trace is not null;

    public void Trace(string what) => _trace?.Invoke(what);

    /// <summary>Runs the history, then lets the peers settle.</summary>
    /// <param name="steps">Number of steps. A run with fewer steps is the beginning of a longer one.</param>
    /// <returns>The first violation; null if none.</returns>
    public string? Run(int steps)
    {
        try
        {
            for (var step = 0; step < steps && Checker.Violations.Count == 0; step++)
            {
                _steps.Step();
                CheckStores();
            }

            if (Checker.Violations.Count == 0)
            {
                new SimulationSettling(this).Run(new Random(_seed ^ 0x5EED));
                if (Timers.IsUsed && Checker.Violations.Count == 0)
                {
                    Timers.Finish();
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Checker.Violated($"{exception.GetType().Name}: {exception.Message}\n{exception.StackTrace}");
        }
        finally
        {
            foreach (var peer in Peers)
            {
                peer.Store.Disk?.Dispose();
            }
        }

        return Checker.Violations.Count == 0 ? null : Checker.Violations[0];
    }

    public SimulatedPeer PeerOf(string name) => Peers.First(peer => peer.Label == name);

    public Guid NewId()
    {
        var bytes = new byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Checks a name: contacts are pinned, and other names need the directory.</summary>
    public static NameCheck Check(SimulatedPeer asking, SimulatedPeer about) =>
        asking.HasDirectory || asking.Store.Contacts.ContainsKey(about.Label)
            ? NameCheck.Confirmed
            : NameCheck.Unavailable;

    public void Sending(SimulatedSession session, Guid id, string text) => _messages.Add(session, id, text);

    public void Queueing(SimulatedPeer owner, Guid id) => _messages.Queue(owner, id);

    public string TextOf(Guid id) => _messages.TextOf(id);

    /// <summary>Starts a deposit. Its sender learns in a later step, if ever, that it succeeded.</summary>
    public void Depositing(SimulatedSession session, ConversationMail mail)
    {
        session.IsDepositing = true;
        Deposits.Add((session, mail, false));
    }

    public void Delete(SimulatedPeer owner, long number)
    {
        if (owner.HasDirectory)
        {
            Mailbox.Delete(number);
        }
    }

    /// <summary>For some faults, removes from a frame what the other side must know.</summary>
    public Frame Spoil(Frame frame)
    {
        if (
            Fault is TestFault.CopyUnnoticed or TestFault.EpochWithoutChance
            && frame.BodyCase is Frame.BodyOneofCase.Resume or Frame.BodyOneofCase.Ack
        )
        {
            frame = frame.Clone();
            if (frame.Ack is { } ack)
            {
                ack.Checksum = 0;
            }
            else
            {
                (frame.Resume.SendChecksum, frame.Resume.ReceiveChecksum) = (0, 0);
            }
        }
        else if (Fault == TestFault.ContentOmitted && frame.BodyCase == Frame.BodyOneofCase.Message)
        {
            frame = frame.Clone();
            frame.Message.Content = ByteString.Empty;
        }
        else if (Fault == TestFault.LossUnnoticed && frame.BodyCase == Frame.BodyOneofCase.Resume)
        {
            frame = frame.Clone();
            (frame.Resume.AcknowledgedEpoch, frame.Resume.AcknowledgedNext) = (0, 0);
        }

        return frame;
    }

    private void Introduce()
    {
        foreach (var peer in Peers)
        {
            foreach (var other in Peers.Where(other => other != peer))
            {
                // One of each two has joined by the other's invite, and the other does not know yet.
                if (Start == SimulationStart.Invited && peer.Id < other.Id)
                {
                    continue;
                }

                var epoch = Epochs.Next(Epoch - TimeSpan.FromMilliseconds(Random.Next(1, 1000)), above: 0, Draw);
                _ = peer.Store.Add(
                    other.Label,
                    epoch,
                    new Change.Accepted(other.Name)
                    {
                        Introduction =
                            Start == SimulationStart.Invited ? MailIntroduction.Request : MailIntroduction.None,
                    }
                );
                peer.Store.Commit(1);
            }

            peer.Start();
        }
    }

    private int Draw(int below) => Fault == TestFault.EpochWithoutChance ? 0 : Random.Next(below);

    public bool Reach(SimulatedPeer one, SimulatedPeer other) =>
        one.IsUp && other.IsUp && !Partitions.Contains(Pair(one, other));

    public static (string, string) Pair(SimulatedPeer one, SimulatedPeer other) =>
        string.CompareOrdinal(one.Label, other.Label) < 0 ? (one.Label, other.Label) : (other.Label, one.Label);

    public void Advance(TimeSpan time)
    {
        Now += time;
        foreach (var peer in Peers.Where(peer => peer.IsUp))
        {
            peer.Ran += time;
        }

        Mailbox.Expire(DirectoryNow);
    }

    public void Tick(SimulatedPeer peer)
    {
        peer.Register();
        foreach (var session in peer.Sessions)
        {
            session.Machine.Tick(Now);
            session.Profiles.Tick();
            if (session.Machine.Deadline <= Now)
            {
                Checker.Violated($"{peer} has a deadline with {session.Remote} that has passed");
            }

            _messages.Expire(session);
            session.Apply();
        }
    }

    public static HashSet<Guid> Waiting(SimulatedSession session) =>
        [.. session.Machine.Snapshot.Conversation.Outbox.Select(entry => entry.Message?.Id).OfType<Guid>()];

    public void FinishDial(int index)
    {
        var session = Dials[index];
        Dials.RemoveAt(index);
        if (session.IsDead)
        {
            return;
        }

        if (!Paths.TryOpen(session))
        {
            session.Machine.ConnectFailed();
            session.Apply();
        }
    }

    // Each request carries an invite that was used, so that its status travels on every link that waits for an answer.
    private static Request Invited { get; } = new() { InviteId = ByteString.CopyFrom(new byte[16]) };

    public void Dial(SimulatedSession session)
    {
        if (session.Machine.BeginConnect(session.Remote.Name, Invited) == ConnectOutcome.Dial)
        {
            Dials.Add(session);
        }

        session.Apply();
    }

    public void FinishDeposit(int index, bool told)
    {
        var (session, mail, isStored) = Deposits[index];
        if (!isStored && session.Owner.HasDirectory)
        {
            var head = EnvelopeHead.Of(mail.Frames);
            var frames = mail.Frames.Skip(Fault == TestFault.AnswerOmitted && head.IsAccept ? head.Count : 0);
            Mailbox.Deposit(session.Owner.Label, session.Remote.Label, [.. frames.Select(Spoil)], DirectoryNow);
            Trace($"mail of {session.Owner} to {session.Remote}: {mail.From} to {mail.To}");
            Deposits[index] = (session, mail, true);
            return;
        }

        Deposits.RemoveAt(index);
        session.IsDepositing = false;
        if (isStored && told && !session.IsDead)
        {
            session.Deposited(mail);
        }
    }

    public void Collect(SimulatedPeer peer, IEnumerable<SimulatedMailbox.Envelope> envelopes)
    {
        foreach (var envelope in envelopes)
        {
            peer.SessionWith(PeerOf(envelope.From)).Take(envelope);
        }
    }

    public void Block(SimulatedSession session)
    {
        Trace($"{session.Owner} blocks {session.Remote}");
        Checker.Refusing(session.Owner.Label, session.Remote.Label);
        _ = session.Owner.Blocked.Add(session.Remote.Label);
        session.Machine.RemoveContact();
        session.Machine.End(CloseReason.Ended);
        session.Apply();
    }

    // The state in memory must equal the sum of the stored changes.
    public void CheckStores()
    {
        foreach (var peer in Peers.Where(peer => peer.IsUp && peer.Store.Pending == 0 && peer.Store.HasChanged()))
        {
            foreach (var session in peer.Sessions.Where(session => !session.IsAsStored))
            {
                Checker.Violated(
                    $"{peer} has not stored its whole conversation with {session.Remote}: {session.DescribeStored()}"
                );
            }
        }
    }
}

using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Two to four peers, all that lies between them, and what goes wrong there: one history for each seed, which is the same
/// each time. Steps are as small as one effect, one frame or one commit, so that a crash can come between any two.
/// </summary>
internal sealed partial class Simulation
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<SimulatedPeer> _peers = [];
    private readonly List<SimulatedLink> _links = [];
    private readonly List<SimulatedSession> _dials = [];
    private readonly List<(SimulatedSession Session, ConversationMail Mail, bool Lies)> _deposits = [];
    private readonly HashSet<(string, string)> _parted = [];
    private readonly Dictionary<Guid, SentMessage> _sent = [];
    private readonly Dictionary<Guid, List<QueuedReading>> _queued = [];
    private readonly Action<string>? _trace;
    private readonly int _seed;
    private int _lastLink;
    private int _lastText;

    public Simulation(int seed, TestFault fault, Action<string>? trace)
    {
        (_seed, Fault, _trace) = (seed, fault, trace);
        Random = new Random(seed);
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
            _peers.Add(new SimulatedPeer(this, number, options));
        }

        _steps = Plan(features);
        AllKnown = features.Next(5) > 0;
        if (AllKnown)
        {
            Introduce();
        }
    }

    public Random Random { get; private set; }

    public TestFault Fault { get; }

    public PromiseChecker Checker { get; } = new(new ConversationOptions().Expiry);

    public SimulatedMailbox Mailbox { get; } = new();

    /// <summary>The true time, which no simulated peer knows.</summary>
    public DateTimeOffset Now { get; private set; } = Start;

    /// <summary>By how much the directory's clock is wrong.</summary>
    public TimeSpan DirectoryOffset { get; private set; }

    public DateTimeOffset DirectoryNow => Now + DirectoryOffset;

    /// <summary>Whether all had accepted each other before the history begins.</summary>
    public bool AllKnown { get; }

    /// <summary>Whether a disk has died and its peer gone on from a backup.</summary>
    public bool HasRestored { get; private set; }

    public bool IsTraced => _trace is not null;

    public void Trace(string what) => _trace?.Invoke(what);

    /// <summary>Runs the history, and then lets all come to rest.</summary>
    /// <param name="steps">How many steps: the fewer are the beginning of the more.</param>
    /// <returns>What has been broken; null if nothing.</returns>
    public string? Run(int steps)
    {
        try
        {
            for (var step = 0; step < steps && Checker.Violations.Count == 0; step++)
            {
                Step();
                CheckStores();
            }

            if (Checker.Violations.Count == 0)
            {
                Settle(new Random(_seed ^ 0x5EED));
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Checker.Violated($"{exception.GetType().Name}: {exception.Message}\n{exception.StackTrace}");
        }

        return Checker.Violations.Count == 0 ? null : Checker.Violations[0];
    }

    public SimulatedPeer PeerOf(string name) => _peers.First(peer => peer.Label == name);

    public Guid NewId()
    {
        var bytes = new byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Who was a contact is pinned; of others the directory must be asked.</summary>
    public static NameCheck Check(SimulatedPeer asking, SimulatedPeer about) =>
        asking.HasDirectory || asking.Store.Contacts.ContainsKey(about.Label)
            ? NameCheck.Confirmed
            : NameCheck.Unavailable;

    /// <summary>A message is about to be queued.</summary>
    public void Sending(SimulatedSession session, Guid id, string text)
    {
        var owner = session.Owner;
        Checker.Sending(owner.Label, session.Remote.Label, text, Now);
        _sent.Add(id, new SentMessage(text, Now, owner.ClockOffset));
        _queued.Add(id, []);
        Queueing(owner, id);
    }

    /// <summary>Records that a message is about to be queued, or queued again after its receiver lost it.</summary>
    public void Queueing(SimulatedPeer owner, Guid id) =>
        _queued[id].Add(new QueuedReading(Now, owner.HasDirectory ? DirectoryOffset : null, owner.Ran));

    public SentMessage SendingOf(Guid id) => _sent[id];

    /// <summary>An envelope is on its way; whether its sender learns that it lies there is another step.</summary>
    public void Depositing(SimulatedSession session, ConversationMail mail)
    {
        session.IsDepositing = true;
        _deposits.Add((session, mail, false));
    }

    public void Delete(SimulatedPeer owner, long number)
    {
        if (owner.HasDirectory)
        {
            Mailbox.Delete(number);
        }
    }

    /// <summary>For a fault alone: a frame without what would show an older copy.</summary>
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
        else if (Fault == TestFault.LossUnnoticed && frame.BodyCase == Frame.BodyOneofCase.Resume)
        {
            frame = frame.Clone();
            (frame.Resume.AcknowledgedEpoch, frame.Resume.AcknowledgedNext) = (0, 0);
        }

        return frame;
    }

    private void Introduce()
    {
        foreach (var peer in _peers)
        {
            foreach (var other in _peers.Where(other => other != peer))
            {
                var epoch = Epochs.Next(Start - TimeSpan.FromMilliseconds(Random.Next(1, 1000)), above: 0, Draw);
                _ = peer.Store.Add(other.Label, epoch, new Change.Accepted(other.Name));
                peer.Store.Commit(1);
            }

            peer.Start();
        }
    }

    private int Draw(int below) => Fault == TestFault.EpochWithoutChance ? 0 : Random.Next(below);

    private bool Reach(SimulatedPeer one, SimulatedPeer other) =>
        one.IsUp && other.IsUp && !_parted.Contains(Pair(one, other));

    private static (string, string) Pair(SimulatedPeer one, SimulatedPeer other) =>
        string.CompareOrdinal(one.Label, other.Label) < 0 ? (one.Label, other.Label) : (other.Label, one.Label);

    private void Advance(TimeSpan time)
    {
        Now += time;
        foreach (var peer in _peers.Where(peer => peer.IsUp))
        {
            peer.Ran += time;
        }

        Mailbox.Expire(DirectoryNow);
    }

    private void Tick(SimulatedPeer peer)
    {
        peer.Register();
        foreach (var session in peer.Sessions)
        {
            session.Machine.Tick(Now);
            if (session.Machine.Deadline <= Now)
            {
                Checker.Violated($"{peer} has a deadline with {session.Remote} that is over");
            }

            Expire(session);
            session.Apply();
        }
    }

    // Compared with the true time: no single wrong clock may expire a message early.
    private void Expire(SimulatedSession session)
    {
        var peer = session.Owner;
        var before = Waiting(session);
        session.Machine.Conversation.Expire(peer.Reading);
        var after = Waiting(session);
        foreach (var id in before)
        {
            var sent = _sent[id];
            var (age, isGone) = (Now - sent.At, !after.Contains(id));
            var own = peer.ClockOffset - sent.OwnOffset;
            // A peer restored from an older copy goes by the readings in that copy.
            var queued = _queued[id];
            if (isGone && age < peer.Options.Expiry)
            {
                if (own > TimeSpan.Zero && queued.Any(reading => DirectoryMove(reading) > TimeSpan.Zero))
                {
                    Checker.MayExpireEarly(sent.Text);
                }
                else
                {
                    Checker.Violated(
                        $"{peer} has given up '{sent.Text}' after {age}, its clock moved by {own} and the directory's by {DirectoryMove(queued[^1])}"
                    );
                }
            }

            if (!isGone && queued.All(IsOld))
            {
                Checker.Violated($"{peer} keeps '{sent.Text}' longer than it may");
            }

            TimeSpan? DirectoryMove(QueuedReading reading) =>
                peer.HasDirectory ? DirectoryOffset - reading.DirectoryOffset : null;

            bool IsOld(QueuedReading reading) =>
                DirectoryMove(reading) is { } directory
                    ? Now - reading.At >= peer.Options.Expiry && own >= TimeSpan.Zero && directory >= TimeSpan.Zero
                    : peer.Ran - reading.Ran >= peer.Options.Expiry;
        }
    }

    private static HashSet<Guid> Waiting(SimulatedSession session) =>
        [.. session.Machine.Snapshot.Conversation.Outbox.Select(entry => entry.Message?.Id).OfType<Guid>()];

    private void FinishDial(int index)
    {
        var session = _dials[index];
        _dials.RemoveAt(index);
        if (session.IsDead)
        {
            return;
        }

        if (!Reach(session.Owner, session.Remote) || !session.Owner.HasDirectory)
        {
            session.Machine.ConnectFailed();
            session.Apply();
            return;
        }

        var link = new SimulatedLink(++_lastLink, session, session.Remote.SessionWith(session.Owner));
        _links.Add(link);
        Trace($"{session.Owner} dials {session.Remote}: link {link.Id}");
        link.Dialler.LinkUp(link, dialled: true);
        link.Answerer.LinkUp(link, dialled: false);
    }

    private void Dial(SimulatedSession session)
    {
        if (session.Machine.BeginConnect(session.Remote.Name) == ConnectOutcome.Dial)
        {
            _dials.Add(session);
        }

        session.Apply();
    }

    private void FinishDeposit(int index, bool told)
    {
        var (session, mail, lies) = _deposits[index];
        if (!lies && session.Owner.HasDirectory)
        {
            Mailbox.Deposit(session.Owner.Label, session.Remote.Label, [.. mail.Frames.Select(Spoil)], DirectoryNow);
            Trace($"mail of {session.Owner} to {session.Remote}: {mail.From} to {mail.To}");
            _deposits[index] = (session, mail, true);
            return;
        }

        _deposits.RemoveAt(index);
        session.IsDepositing = false;
        if (lies && told && !session.IsDead)
        {
            session.Deposited(mail);
        }
    }

    private void Collect(SimulatedPeer peer, IEnumerable<SimulatedMailbox.Envelope> envelopes)
    {
        foreach (var envelope in envelopes)
        {
            peer.SessionWith(PeerOf(envelope.From)).Take(envelope);
        }
    }

    private void Block(SimulatedSession session)
    {
        Trace($"{session.Owner} blocks {session.Remote}");
        Checker.Refusing(session.Owner.Label, session.Remote.Label);
        _ = session.Owner.Blocked.Add(session.Remote.Label);
        session.Machine.Part();
        session.Machine.End(CloseReason.Ended);
        session.Apply();
    }

    // What the machine holds and what all its changes come to must not drift apart.
    private void CheckStores()
    {
        foreach (var peer in _peers.Where(peer => peer.IsUp && peer.Store.Pending == 0))
        {
            foreach (var session in peer.Sessions.Where(session => !session.IsAsStored))
            {
                Checker.Violated($"{peer} has not stored all of its conversation with {session.Remote}");
            }
        }
    }
}

/// <summary>When a message was sent, and how wrong its sender's clock was then.</summary>
internal sealed record SentMessage(string Text, DateTimeOffset At, TimeSpan OwnOffset);

/// <summary>The time, and the clocks read, when a message was queued.</summary>
/// <param name="DirectoryOffset">How wrong the directory's clock was; null if the directory was away.</param>
/// <param name="Ran">The sender's running time.</param>
internal sealed record QueuedReading(DateTimeOffset At, TimeSpan? DirectoryOffset, TimeSpan Ran);

using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Content;

namespace P2PChat.Tests.Simulation;

/// <summary>The end of a history: faults stop, peers get time to connect, and the promise is checked.</summary>
internal sealed class SimulationSettling(Simulation world)
{
    private const int Rounds = 60;
    private const int MinRounds = 3;

    // The busiest seeds need about 1,500 events. A run with more than this never ends.
    private const int MaxEvents = 100_000;

    /// <summary>Ends the history without further faults, and checks its outcome.</summary>
    public void Run(Random random)
    {
        world.Random = random;
        var end = random.Next(10);
        world.Trace(
            end switch
            {
                < 6 => "== all connect",
                < 9 => "== they exchange mail only",
                _ => "== one never returns",
            }
        );
        var gone = end == 9 ? world.Peers[random.Next(world.Peers.Count)] : null;
        if (gone is not null)
        {
            if (gone.IsUp)
            {
                gone.Crash();
            }

            world.Checker.Gone(gone.Label);
        }

        world.Partitions.Clear();
        world.Paths.CutStalled();
        world.DirectoryOffset = TimeSpan.Zero;
        foreach (var peer in world.Peers.Where(peer => peer != gone))
        {
            peer.HasDirectory = true;
            if (!peer.IsUp)
            {
                peer.Start();
            }

            peer.Register();
        }

        DrainAll();
        if (end is >= 6 and < 9)
        {
            SettleByMail();
        }
        // Recovery from an older copy may have to wait for a minute.
        for (var round = 0; round < Rounds && (round < MinRounds || !IsSettled(gone)); round++)
        {
            DrainAll();
            Call(gone);
            DrainAll();
            Answer();
            DrainAll();
            world.Advance(TimeSpan.FromSeconds(70));
            foreach (var peer in Up())
            {
                world.Tick(peer);
                world.Collect(peer, world.Mailbox.Of(peer.Label));
            }

            DrainAll();
        }

        if (gone is not null)
        {
            WaitForExpiry();
        }

        Check(gone);
    }

    // The peers are never online at the same time, so only mail can connect them.
    private void SettleByMail()
    {
        foreach (var link in world.Links)
        {
            link.Cut(world.Random);
        }

        DrainAll();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var peer in world.Peers)
            {
                world.Collect(peer, world.Mailbox.Of(peer.Label));
                // After a crash there may be a request, but no session.
                foreach (var name in peer.MailRequests.ToList())
                {
                    peer.SessionWith(world.PeerOf(name)).AcceptMailRequest();
                }

                DrainAll();
                foreach (
                    var session in peer
                        .Sessions.Where(session => !session.IsDepositing && session.Machine.HasMail)
                        .ToList()
                )
                {
                    session.Compose(2000);
                }

                DrainAll();
            }

            if (world.Mailbox.Count == 0 && !Up().Any(peer => peer.Sessions.Any(session => session.Machine.HasMail)))
            {
                break;
            }
        }

        // Without refusals, restores or losses, mail must have delivered everything.
        if (
            world.Mailbox.HasExpired
            || world.Peers.Any(peer => peer.HasMissedLoss)
            || world.HasRestored
            || world.Checker.HasRefusals
        )
        {
            return;
        }

        foreach (var session in Up().SelectMany(peer => peer.Sessions))
        {
            if (session.Machine.Introduction != MailIntroduction.None)
            {
                world.Checker.Violated($"{session.Owner} and {session.Remote} do not know of each other by mail");
            }

            if (
                world.Start != SimulationStart.Strangers
                && session.Machine.IsContact
                && session.Remote.SessionWith(session.Owner).Machine.IsContact
                && session.Machine.Conversation.Unacknowledged > 0
            )
            {
                world.Checker.Violated(
                    $"{session.Owner} still has unacknowledged messages for {session.Remote} after exchanging mail"
                );
            }
        }
    }

    private void Call(SimulatedPeer? gone)
    {
        Answer();
        foreach (var session in Up().SelectMany(peer => peer.Sessions).ToList())
        {
            if (
                session.Remote != gone
                && session.Machine is { IsContact: true, IsConnected: false, HasSentRequest: false }
            )
            {
                world.Dial(session);
            }
        }
    }

    private void Answer()
    {
        foreach (var session in Up().SelectMany(peer => peer.Sessions).ToList())
        {
            _ = session.Machine.Accept();
            session.Apply();
        }
    }

    private void DrainAll()
    {
        var events = 0;
        for (var busy = true; busy; )
        {
            busy = false;
            while (world.Dials.Count > 0)
            {
                world.FinishDial(0);
            }

            // A lost request fails only when no search can bring another link.
            while (world.Paths.IsSearching)
            {
                world.Paths.FinishSearch();
            }

            while (world.Deposits.Count > 0)
            {
                world.FinishDeposit(0, told: true);
            }

            foreach (var peer in Up())
            {
                busy |= peer.Store.Pending > 0;
                peer.Store.Commit(peer.Store.Pending);
                foreach (var session in peer.Sessions.ToList())
                {
                    while (session.CarryOut())
                    {
                        busy = Count();
                    }

                    foreach (var link in session.Links.ToList())
                    {
                        while (link.Write(session))
                        {
                            busy = Count();
                        }
                    }
                }
            }

            foreach (var link in world.Links.ToList())
            {
                foreach (var side in new[] { link.Dialler, link.Answerer })
                {
                    while (link.Write(side))
                    {
                        busy = Count();
                    }

                    while (!side.IsDead && side.Take(link))
                    {
                        busy = Count();
                    }
                }
            }

            _ = world.Links.RemoveAll(link => link.IsOver);
        }

        bool Count() =>
            ++events <= MaxEvents
                ? true
                : throw new InvalidOperationException($"The peers have not settled within {MaxEvents} events");
    }

    private IEnumerable<SimulatedPeer> Up() => world.Peers.Where(peer => peer.IsUp);

    // A restored sender may have forgotten both a gap and its mail after the gap. If the receiver has everything else,
    // only a new message closes the gap, and the mail may expire before.
    private bool HasMail(SimulatedPeer peer, SimulatedPeer? gone) =>
        world
            .Mailbox.Of(peer.Label)
            .Any(envelope =>
            {
                if (envelope.From == gone?.Label)
                {
                    return false;
                }

                var session = world.PeerOf(envelope.From).SessionWith(peer);
                var (sender, receiver) = (
                    session.Machine.Snapshot.Conversation,
                    peer.SessionWith(session.Owner).Machine.Snapshot.Conversation
                );
                var (resume, last) = (
                    envelope.Frames.First(frame => frame.BodyCase == Frame.BodyOneofCase.Resume).Resume,
                    envelope.Frames.Max(frame => Math.Max(frame.Message?.Sequence ?? 0, frame.Skip?.Sequence ?? 0))
                );
                var next = sender.Base + (ulong)sender.Outbox.Count;
                var isBehindGap =
                    (resume.SendEpoch, sender.Epoch, next) == (sender.Epoch, receiver.TheirEpoch, receiver.TheirNext)
                    && last > next;
                return !(isBehindGap && session.Owner.HasLostWrites);
            });

    private bool IsSettled(SimulatedPeer? gone) =>
        !Up().Any(peer => HasMail(peer, gone))
        && Up()
            .SelectMany(peer => peer.Sessions)
            .All(session =>
                session.Remote == gone
                || (
                    session.Machine.Conversation.Unacknowledged == 0
                    && !session.Machine.HasReceivedRequest
                    && session.Machine.IsContact == session.Machine.IsConnected
                )
            );

    // Until all messages have expired by every clock.
    private void WaitForExpiry()
    {
        for (
            var day = 0;
            day < 1000 && Up().SelectMany(peer => peer.Sessions).Any(session => Simulation.Waiting(session).Count > 0);
            day++
        )
        {
            world.Advance(TimeSpan.FromDays(1));
            foreach (var peer in Up())
            {
                world.Tick(peer);
            }
        }

        DrainAll();
    }

    private void CheckContents(SimulatedSession session)
    {
        var (peer, remote) = (session.Owner, session.Remote);
        var expected = remote.Handshake.Features;
        if (session.Machine.IsConnected && session.Machine.Features != expected)
        {
            world.Checker.Violated($"{peer} takes {remote} to have {session.Machine.Features}, not {expected}");
        }

        var theirs = remote.SessionWith(peer);
        if (
            session.Profiles.IsUnderstood
            && theirs.Profiles.IsUnderstood
            && session.Profiles.Last != remote.Profile.Version
        )
        {
            world.Checker.Violated($"{peer} shows {session.Profiles.Last} of {remote}, not {remote.Profile.Version}");
        }

        var (own, other) = (
            peer.Store.Contacts.GetValueOrDefault(remote.Label),
            remote.Store.Contacts.GetValueOrDefault(peer.Label)
        );
        own?.CheckHistory();
        if (
            own is not null
            && other is not null
            && !peer.IsOld
            && !remote.IsOld
            && !(world.Timers.IsUsed && world.HasRestored)
            && HistoryComparison.Find(Comparable(own), Comparable(other)) is { } difference
        )
        {
            world.Checker.Violated($"{peer} and {remote} do not show the same: {difference}");
        }
    }

    // What is read from real stores can be sent in other forms, so only the timers are compared.
    private List<HistoryMessage> Comparable(StoredContact contact) =>
        [.. contact.Messages.Where(message => !world.Timers.IsUsed || message.Content is MessageContent.Timer)];

    private void Check(SimulatedPeer? gone)
    {
        DrainAll();
        foreach (var peer in Up())
        {
            if (HasMail(peer, gone))
            {
                world.Checker.Violated($"{peer} has unread mail");
            }
        }

        world.CheckStores();
        foreach (var session in Up().SelectMany(peer => peer.Sessions).Where(session => session.Remote != gone))
        {
            var (own, other) = (
                session.Machine.Snapshot.Conversation,
                session.Remote.SessionWith(session.Owner).Machine.Snapshot.Conversation
            );
            if (session.Machine.IsContact != session.Machine.IsConnected)
            {
                world.Checker.Violated($"{session.Owner} and {session.Remote} do not connect");
            }

            CheckContents(session);
            var theirs = session.Remote.SessionWith(session.Owner).Machine;
            if (session.Machine.IsConnected && theirs.IsConnected && session.Machine.Path != theirs.Path)
            {
                world.Checker.Violated($"{session.Owner} shows {session.Machine.Path}, {session.Remote} {theirs.Path}");
            }

            if (own.Outbox.Any(entry => entry.Message is not null))
            {
                world.Checker.Violated($"{session.Owner} still has a message for {session.Remote}");
            }

            if (session.Machine is { IsContact: true, IsConnected: false, HasMail: true })
            {
                world.Checker.Violated($"{session.Owner} still has mail for {session.Remote}");
            }

            if (
                session.Machine.IsConnected
                && session.Remote.Options.ReadReceipts
                && own.Epoch == other.TheirEpoch
                && own.ReadByThem < other.ReadNext
            )
            {
                world.Checker.Violated(
                    $"{session.Owner} shows {session.Remote} to have read {own.ReadByThem}, not {other.ReadNext}"
                );
            }
        }

        world.Checker.Settled(
            (sender, receiver) =>
                world.PeerOf(sender) is { IsUp: true } one
                && world.PeerOf(receiver) is { IsUp: true } other
                && one.SessionWith(other).Machine.IsConnected
                && other.SessionWith(one).Machine.IsConnected
        );
    }
}

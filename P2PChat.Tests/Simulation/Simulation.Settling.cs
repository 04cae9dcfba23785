namespace P2PChat.Tests.Simulation;

/// <content>The end of each history: nothing goes wrong any more, and all are given time to meet.</content>
internal sealed partial class Simulation
{
    private const int Rounds = 60;
    private const int MinRounds = 3;

    // The busiest seeds need about 1,500 events. A run with more than this never ends.
    private const int MostEvents = 100_000;

    private void Settle(Random random)
    {
        Random = random;
        var end = random.Next(10);
        Trace(
            end switch
            {
                < 6 => "== all meet",
                < 9 => "== they meet by mail alone",
                _ => "== one never comes back",
            }
        );
        var gone = end == 9 ? _peers[random.Next(_peers.Count)] : null;
        if (gone is not null)
        {
            if (gone.IsUp)
            {
                gone.Crash();
            }

            Checker.Gone(gone.Label);
        }

        _parted.Clear();
        DirectoryOffset = TimeSpan.Zero;
        foreach (var peer in _peers.Where(peer => peer != gone))
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
        // What an older copy makes a conversation do may have to wait for a minute to be over.
        for (var round = 0; round < Rounds && (round < MinRounds || !IsSettled(gone)); round++)
        {
            DrainAll();
            Call(gone);
            DrainAll();
            Answer();
            DrainAll();
            Advance(TimeSpan.FromSeconds(70));
            foreach (var peer in Up())
            {
                Tick(peer);
                Collect(peer, Mailbox.Of(peer.Label));
            }

            DrainAll();
        }

        if (gone is not null)
        {
            WaitForExpiry();
        }

        Judge(gone);
    }

    // Two who are never there at the same time: the mailbox is all they have.
    private void SettleByMail()
    {
        foreach (var link in _links)
        {
            link.Cut(Random);
        }

        DrainAll();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var peer in _peers)
            {
                Collect(peer, Mailbox.Of(peer.Label));
                DrainAll();
                foreach (
                    var session in peer
                        .Sessions.Where(session => !session.IsDepositing && session.Machine.HasMail)
                        .ToList()
                )
                {
                    _ = session.Machine.ComposeMail(2000);
                    session.Apply();
                }

                DrainAll();
            }

            if (Mailbox.Count == 0 && !Up().Any(peer => peer.Sessions.Any(session => session.Machine.HasMail)))
            {
                break;
            }
        }

        // Where nobody refused, forgot or lost anything, that must have sufficed.
        if (
            !AllKnown
            || Mailbox.HasExpired
            || _peers.Any(peer => peer.HasMissedLoss)
            || HasRestored
            || Checker.HasRefusals
        )
        {
            return;
        }

        foreach (var session in Up().SelectMany(peer => peer.Sessions))
        {
            if (
                session.Machine.IsKnown
                && session.Remote.SessionWith(session.Owner).Machine.IsKnown
                && session.Machine.Conversation.Unacknowledged > 0
            )
            {
                Checker.Violated($"{session.Owner} has not got rid by mail of what it has for {session.Remote}");
            }
        }
    }

    private void Call(SimulatedPeer? gone)
    {
        Answer();
        foreach (var session in Up().SelectMany(peer => peer.Sessions).ToList())
        {
            if (session.Remote != gone && session.Machine is { IsKnown: true, IsConnected: false, IsAsking: false })
            {
                Dial(session);
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
            while (_dials.Count > 0)
            {
                FinishDial(0);
            }

            while (_deposits.Count > 0)
            {
                FinishDeposit(0, told: true);
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

            foreach (var link in _links.ToList())
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

            _ = _links.RemoveAll(link => link.IsOver);
        }

        bool Count() =>
            ++events <= MostEvents
                ? true
                : throw new InvalidOperationException($"The peers have not come to rest within {MostEvents} events");
    }

    private IEnumerable<SimulatedPeer> Up() => _peers.Where(peer => peer.IsUp);

    // A restored sender may have forgotten both a gap and the mail that it left after the gap. If the receiver has all
    // else, only a new message closes the gap, and until then the mail may expire.
    private bool HasMail(SimulatedPeer peer, SimulatedPeer? gone) =>
        Mailbox
            .Of(peer.Label)
            .Any(envelope =>
            {
                if (envelope.From == gone?.Label)
                {
                    return false;
                }

                var session = PeerOf(envelope.From).SessionWith(peer);
                var (sender, receiver) = (
                    session.Machine.Snapshot.Conversation,
                    peer.SessionWith(session.Owner).Machine.Snapshot.Conversation
                );
                var (resume, last) = (
                    envelope.Frames[0].Resume,
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
                    && !session.Machine.HasRequest
                    && session.Machine.IsKnown == session.Machine.IsConnected
                )
            );

    // Past each clock's idea of when the last of the messages was sent.
    private void WaitForExpiry()
    {
        for (
            var day = 0;
            day < 1000 && Up().SelectMany(peer => peer.Sessions).Any(session => Waiting(session).Count > 0);
            day++
        )
        {
            Advance(TimeSpan.FromDays(1));
            foreach (var peer in Up())
            {
                Tick(peer);
            }
        }

        DrainAll();
    }

    private void Judge(SimulatedPeer? gone)
    {
        DrainAll();
        foreach (var peer in Up())
        {
            if (HasMail(peer, gone))
            {
                Checker.Violated($"{peer} leaves mail in its mailbox");
            }
        }

        CheckStores();
        foreach (var session in Up().SelectMany(peer => peer.Sessions).Where(session => session.Remote != gone))
        {
            var (own, other) = (
                session.Machine.Snapshot.Conversation,
                session.Remote.SessionWith(session.Owner).Machine.Snapshot.Conversation
            );
            if (session.Machine.IsKnown != session.Machine.IsConnected)
            {
                Checker.Violated($"{session.Owner} and {session.Remote} do not come together");
            }

            if (own.Outbox.Any(entry => entry.Message is not null))
            {
                Checker.Violated($"{session.Owner} still has a message for {session.Remote}");
            }

            if (session.Machine is { IsKnown: true, IsConnected: false, HasMail: true })
            {
                Checker.Violated($"{session.Owner} still has mail for {session.Remote}");
            }

            if (
                session.Machine.IsConnected
                && session.Remote.Options.ReadReceipts
                && own.Epoch == other.TheirEpoch
                && own.ReadByThem < other.ReadNext
            )
            {
                Checker.Violated(
                    $"{session.Owner} takes what {session.Remote} has read for {own.ReadByThem}, and it is {other.ReadNext}"
                );
            }
        }

        Checker.Settled(
            (sender, receiver) =>
                PeerOf(sender) is { IsUp: true } one
                && PeerOf(receiver) is { IsUp: true } other
                && one.SessionWith(other).Machine.IsConnected
                && other.SessionWith(one).Machine.IsConnected
        );
    }
}

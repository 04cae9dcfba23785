using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <content>What may happen next, and how often. Each seed leaves some of it out, so that the rest has time to go deep.</content>
internal sealed partial class Simulation
{
    private readonly List<(int Weight, string Name, Action Do)> _steps;

    private List<(int Weight, string Name, Action Do)> Plan(Random features)
    {
        var steps = new List<(int Weight, string Name, Action Do)>
        {
            (100, "an effect is carried out", () => OnSession(session => session.CarryOut())),
            (40, "a commit", () => OnPeer(peer => peer.Store.Commit(Random.Next(peer.Store.Pending + 1)))),
            (100, "a frame is written", () => OnLink((link, side) => link.Write(side))),
            (100, "a frame arrives", () => OnLink((link, side) => side.Take(link))),
            (60, "all that can is done", Flow),
            (50, "a message", Send),
            (12, "a call", () => OnSession(Dial)),
            (40, "a call goes through", () => OnDial(FinishDial)),
            (10, "a request is answered", () => OnSession(Answer)),
            (8, "a person reads", () => OnSession(ReadAll)),
            (4, "a person writes", () => OnSession(Type)),
            (8, "time passes", () => Advance(TimeSpan.FromMilliseconds(Random.Next(30_000)))),
            (8, "a peer looks at its clock", () => OnPeer(Tick)),
        };

        MayHappen(85, 6, "a link is cut", () => OnLink((link, _) => link.Cut(Random)));
        MayHappen(75, 5, "a crash", () => OnPeer(Crash));
        steps.Add((10, "a start", Restart));
        if (features.Next(100) < 75)
        {
            steps.Add((25, "an envelope is written", () => OnSession(Compose)));
            steps.Add((40, "an envelope is deposited", () => OnDeposit(told: Random.Next(8) > 0)));
            steps.Add((25, "a mailbox is read", () => OnPeer(CollectSome)));
            MayHappen(30, 3, "an envelope comes twice", DuplicateMail);
            MayHappen(25, 2, "the mailboxes' disk dies", Mailbox.LoseAll);
        }

        MayHappen(40, 4, "a partition, or its end", TogglePartition);
        MayHappen(40, 3, "the directory is away, or back", () =>
            OnPeer(peer => peer.HasDirectory = !peer.HasDirectory)
        );
        MayHappen(40, 4, "a clock is set", () => OnPeer(SetClock));
        MayHappen(20, 4, "days pass", () => Advance(TimeSpan.FromHours(Random.Next(24 * 6))));
        MayHappen(40, 4, "a message expires early", () => OnSession(ExpireOne));
        MayHappen(15, 2, "a contact is blocked, or no longer", () => OnSession(ToggleBlock));
        if (features.Next(100) < 35)
        {
            steps.Add((5, "a backup", () => OnPeer(peer => peer.Backups.Add(peer.Store.Backup()))));
            // A backup says that it is one; a copy of the directory that is put back does not.
            var (noticed, unnoticed) = features.Next(3) switch
            {
                0 => (2, 0),
                1 => (0, 2),
                _ => (1, 2),
            };
            steps.Add((noticed, "a disk dies", () => OnPeer(peer => Restore(peer, isNoticed: true))));
            steps.Add((unnoticed, "an older copy is put back", () => OnPeer(peer => Restore(peer, isNoticed: false))));
            MayHappen(50, 8, "a disk dies once more", () => OnPeer(RestoreAgain));
        }

        MayHappen(30, 3, "a clock jumps ahead, and back", () => OnPeer(JumpClock));
        MayHappen(30, 3, "the directory's clock is set", SetDirectoryClock);
        MayHappen(20, 3, "the directory's clock jumps ahead, and back", JumpDirectoryClock);
        return steps;

        void MayHappen(int percent, int weight, string name, Action action)
        {
            if (features.Next(100) < percent)
            {
                steps.Add((weight, name, action));
            }
        }
    }

    private void Step()
    {
        var choice = Random.Next(_steps.Sum(step => step.Weight));
        foreach (var (weight, name, action) in _steps)
        {
            choice -= weight;
            if (choice >= 0)
            {
                continue;
            }

            if (IsTraced)
            {
                Trace($"-- {name}");
            }

            action();
            return;
        }
    }

    private void OnPeer(Action<SimulatedPeer> action)
    {
        var peer = _peers[Random.Next(_peers.Count)];
        if (peer.IsUp)
        {
            action(peer);
        }
    }

    private void OnSession(Action<SimulatedSession> action) =>
        OnPeer(peer =>
        {
            var others = _peers.Where(other => other != peer).ToList();
            action(peer.SessionWith(others[Random.Next(others.Count)]));
        });

    private void OnSession(Func<SimulatedSession, bool> action) =>
        OnSession(session =>
        {
            _ = action(session);
        });

    private void OnLink(Action<SimulatedLink, SimulatedSession> action)
    {
        _ = _links.RemoveAll(link => link.IsOver);
        if (_links.Count == 0)
        {
            return;
        }

        var link = _links[Random.Next(_links.Count)];
        var side = Random.Next(2) == 0 ? link.Dialler : link.Answerer;
        if (!side.IsDead)
        {
            action(link, side);
        }
    }

    private void OnLink(Func<SimulatedLink, SimulatedSession, bool> action) =>
        OnLink(
            (link, side) =>
            {
                _ = action(link, side);
            }
        );

    private void OnDial(Action<int> action)
    {
        if (_dials.Count > 0)
        {
            action(Random.Next(_dials.Count));
        }
    }

    private void OnDeposit(bool told)
    {
        if (_deposits.Count > 0)
        {
            FinishDeposit(Random.Next(_deposits.Count), told);
        }
    }

    // Time for a good many things, as there mostly is.
    private void Flow()
    {
        for (var left = Random.Next(60); left > 0; left--)
        {
            OnPeer(peer => peer.Store.Commit(peer.Store.Pending));
            OnSession(session => session.CarryOut());
            OnLink((link, side) => link.Write(side));
            OnLink((link, side) => side.Take(link));
        }
    }

    private void Send() =>
        OnSession(session =>
        {
            for (var count = Random.Next(10) == 0 ? 20 : 1; count > 0 && session.Machine.IsKnown; count--)
            {
                session.Send($"text {++_lastText}" + new string('.', Random.Next(100)));
            }
        });

    private void Answer(SimulatedSession session)
    {
        _ = Random.Next(10) == 0 ? session.Machine.Reject(RejectReason.Busy) : session.Machine.Accept();
        session.Apply();
    }

    private void ReadAll(SimulatedSession session)
    {
        var theirs = session.Machine.Snapshot.Conversation;
        if (theirs.TheirNext > 0)
        {
            _ = session.Machine.Conversation.MarkRead(
                theirs.TheirEpoch,
                (ulong)Random.NextInt64((long)theirs.TheirNext + 1)
            );
        }

        session.Apply();
    }

    private void Type(SimulatedSession session)
    {
        session.Machine.Conversation.SetTyping(Random.Next(2) == 0);
        session.Machine.Conversation.SetPresence(Random.Next(2) == 0 ? PresenceState.Away : PresenceState.Active);
        session.Apply();
    }

    private void ExpireOne(SimulatedSession session)
    {
        var waiting = session.Machine.Snapshot.Conversation.Outbox.Where(entry => entry.Message is not null).ToList();
        if (waiting.Count == 0)
        {
            return;
        }

        var message = waiting[Random.Next(waiting.Count)].Message!;
        Checker.MayExpireEarly(message.Text);
        _ = session.Machine.Conversation.Abandon(message.Id, GiveUpReason.Expired);
        session.Apply();
    }

    private void ToggleBlock(SimulatedSession session)
    {
        if (!session.Owner.Blocked.Remove(session.Remote.Label))
        {
            Block(session);
        }
    }

    private void Compose(SimulatedSession session)
    {
        if (session.IsDepositing || !session.Owner.HasDirectory || (session.Machine.IsConnected && Random.Next(4) > 0))
        {
            return;
        }

        _ = session.Machine.ComposeMail(Random.Next(1500));
        session.Apply();
    }

    private void CollectSome(SimulatedPeer peer)
    {
        if (!peer.HasDirectory)
        {
            return;
        }

        var envelopes = Mailbox.Of(peer.Label).ToArray();
        if (Random.Next(2) == 0)
        {
            Random.Shuffle(envelopes);
        }

        Collect(peer, envelopes.Take(1 + Random.Next(4)));
    }

    private void DuplicateMail()
    {
        var all = _peers.SelectMany(peer => Mailbox.Of(peer.Label)).ToList();
        if (all.Count == 0)
        {
            return;
        }

        var (_, from, to, frames, _) = all[Random.Next(all.Count)];
        Mailbox.Deposit(from, to, frames, DirectoryNow);
    }

    private void TogglePartition() =>
        OnPeer(peer =>
        {
            var other = _peers[Random.Next(_peers.Count)];
            if (other == peer || _parted.Remove(Pair(peer, other)))
            {
                return;
            }

            _ = _parted.Add(Pair(peer, other));
            foreach (
                var link in _links.Where(link => Pair(link.Dialler.Owner, link.Answerer.Owner) == Pair(peer, other))
            )
            {
                link.Cut(Random);
            }
        });

    private void SetClock(SimulatedPeer peer)
    {
        var most = Random.Next(3) switch
        {
            0 => TimeSpan.FromSeconds(20),
            1 => TimeSpan.FromHours(5),
            _ => TimeSpan.FromDays(20),
        };
        peer.ClockOffset += most * (Random.NextDouble() * 2 - 1);
        Trace($"{peer}'s clock is off by {peer.ClockOffset}");
    }

    // A clock that starts in 2020, or is weeks ahead for seconds, while messages wait.
    private void JumpClock(SimulatedPeer peer)
    {
        var before = peer.ClockOffset;
        peer.ClockOffset += TimeSpan.FromDays(Random.Next(3) == 0 ? 3650 : Random.Next(15, 60));
        Advance(TimeSpan.FromSeconds(6));
        Tick(peer);
        peer.ClockOffset = before;
    }

    private void SetDirectoryClock()
    {
        DirectoryOffset += TimeSpan.FromDays(20) * (Random.NextDouble() * 2 - 1);
        Trace($"the directory's clock is off by {DirectoryOffset}");
        Advance(TimeSpan.Zero);
    }

    private void JumpDirectoryClock()
    {
        var before = DirectoryOffset;
        DirectoryOffset += TimeSpan.FromDays(Random.Next(15, 60));
        Advance(TimeSpan.FromSeconds(6));
        foreach (var peer in _peers.Where(peer => peer.IsUp))
        {
            Tick(peer);
        }

        DirectoryOffset = before;
    }

    private void Crash(SimulatedPeer peer)
    {
        Trace($"{peer} dies");
        peer.Crash();
    }

    private void Restart()
    {
        var peer = _peers[Random.Next(_peers.Count)];
        if (peer.IsUp)
        {
            return;
        }

        Trace($"{peer} starts");
        Advance(TimeSpan.FromMilliseconds(1 + Random.Next(2000)));
        peer.Start();
    }

    private void Restore(SimulatedPeer peer, bool isNoticed)
    {
        if (peer.Backups.Count == 0)
        {
            return;
        }

        Advance(TimeSpan.FromSeconds(1 + Random.Next(100)));
        Restore(peer, peer.Backups[Random.Next(peer.Backups.Count)], isNoticed);
    }

    // From the same backup, and the clock shows the very time that it showed then.
    private void RestoreAgain(SimulatedPeer peer)
    {
        if (peer.LastRestore is not { } last)
        {
            return;
        }

        peer.ClockOffset = last.At - Now;
        Restore(peer, last.Backup, last.IsNoticed);
    }

    private void Restore(SimulatedPeer peer, IReadOnlyDictionary<string, StoredContact> backup, bool isNoticed)
    {
        // An epoch that is used twice does harm only where nobody looks at the checksums.
        isNoticed |= Fault == TestFault.EpochWithoutChance;
        Trace($"{peer} goes back to {(isNoticed ? "a backup" : "an older copy")}, at {peer.Now}");
        HasRestored = true;
        peer.LastRestore = (backup, peer.Now, isNoticed);
        peer.HasLostWrites |= !isNoticed;
        peer.Crash();
        peer.Store.Restore(backup, isNoticed);
        peer.Start();
    }
}

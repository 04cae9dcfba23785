using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The steps of a history and how often they happen. Each seed leaves some out, so that the others happen more often.
/// </summary>
internal sealed class SimulationSteps
{
    private readonly Simulation _world;
    private readonly SimulationFaults _faults;
    private readonly List<(int Weight, string Name, Action Do)> _steps;
    private int _lastText;

    /// <param name="features">Decides which steps may happen.</param>
    /// <param name="invites">Decides whether peers join by invites.</param>
    public SimulationSteps(Simulation world, Random features, Random invites)
    {
        _world = world;
        _faults = new SimulationFaults(world);
        _steps = Plan(features);
        if (world.Paths.IsVaried)
        {
            _steps.Add((8, "a peer looks for a better path", () => OnSession(world.Paths.Search)));
            _steps.Add((20, "a better path is found", world.Paths.FinishSearch));
            _steps.Add((3, "a path stops carrying", () => OnLink((link, _) => link.Stall())));
            _steps.Add((6, "a dead path is noticed", world.Paths.CutStalled));
        }

        if (world.HasProfiles)
        {
            _steps.Add((10, "a profile changes", () => OnPeer(peer => peer.ChangeProfile())));
        }

        if (world.Timers.IsUsed)
        {
            _steps.Add((25, "a sweep", () => OnPeer(world.Timers.Sweep)));
            _steps.Add((8, "minutes pass", () => world.Advance(TimeSpan.FromSeconds(world.Random.Next(1200)))));
            _steps.Add((4, "hours pass", () => world.Advance(TimeSpan.FromMinutes(world.Random.Next(720)))));
            _steps.Add((3, "a message is deleted here", () => OnSession(world.Timers.DeleteHere)));
            _steps.Add((2, "a search", () => OnPeer(world.Timers.Search)));
            _steps.Add((3, "a machine sleeps", () => OnPeer(world.Timers.Suspend)));
        }

        if (invites.Next(100) < 25)
        {
            _steps.Add((6, "a peer joins by an invite", () => OnSession(session => session.Join())));
            _steps.Add((4, "a request by mail is accepted", () => OnSession(session => session.AcceptMailRequest())));
        }
    }

    private List<(int Weight, string Name, Action Do)> Plan(Random features)
    {
        var steps = new List<(int Weight, string Name, Action Do)>
        {
            (100, "an effect is carried out", () => OnSession(session => session.CarryOut())),
            (40, "a commit", () => OnPeer(peer => peer.Store.Commit(_world.Random.Next(peer.Store.Pending + 1)))),
            (100, "a frame is written", () => OnLink((link, side) => link.Write(side))),
            (100, "a frame arrives", () => OnLink((link, side) => side.Take(link))),
            (60, "many things happen", Flow),
            (50, "a message", Send),
            (12, "a peer dials", () => OnSession(_world.Dial)),
            (40, "a dial succeeds", () => OnDial(_world.FinishDial)),
            (10, "a request is answered", () => OnSession(Answer)),
            (8, "a person reads", () => OnSession(ReadAll)),
            (4, "a person types", () => OnSession(Type)),
            (8, "time passes", () => _world.Advance(TimeSpan.FromMilliseconds(_world.Random.Next(30_000)))),
            (8, "a peer ticks", () => OnPeer(_world.Tick)),
        };

        MayHappen(85, 6, "a link is cut", () => OnLink((link, _) => link.Cut(_world.Random)));
        MayHappen(75, 5, "a crash", () => OnPeer(_faults.Crash));
        steps.Add((10, "a start", _faults.Restart));
        if (features.Next(100) < 75)
        {
            steps.Add((25, "an envelope is written", () => OnSession(Compose)));
            steps.Add((40, "an envelope is deposited", () => OnDeposit(told: _world.Random.Next(8) > 0)));
            steps.Add((25, "a mailbox is read", () => OnPeer(CollectSome)));
            MayHappen(30, 3, "an envelope comes twice", _faults.DuplicateMail);
            MayHappen(25, 2, "the mailboxes' disk dies", _world.Mailbox.LoseAll);
        }

        MayHappen(40, 4, "a partition starts or ends", () => OnPeer(_faults.TogglePartition));
        MayHappen(40, 3, "the directory becomes unreachable or reachable", () =>
            OnPeer(peer => peer.HasDirectory = !peer.HasDirectory)
        );
        MayHappen(40, 4, "a clock is set", () => OnPeer(_faults.SetClock));
        MayHappen(20, 4, "days pass", () => _world.Advance(TimeSpan.FromHours(_world.Random.Next(24 * 6))));
        MayHappen(40, 4, "a message expires early", () => OnSession(ExpireOne));
        MayHappen(15, 2, "a contact is blocked or unblocked", () => OnSession(ToggleBlock));
        if (features.Next(100) < 35)
        {
            steps.Add((5, "a backup", () => OnPeer(peer => peer.Backups.Add(peer.Store.Backup()))));
            // A peer notices that it runs on a backup, but not that its data directory was replaced by an older copy.
            var (noticed, unnoticed) = features.Next(3) switch
            {
                0 => (2, 0),
                1 => (0, 2),
                _ => (1, 2),
            };
            steps.Add((noticed, "a disk dies", () => OnPeer(peer => _faults.Restore(peer, isNoticed: true))));
            steps.Add(
                (unnoticed, "an older copy is restored", () => OnPeer(peer => _faults.Restore(peer, isNoticed: false)))
            );
            MayHappen(50, 8, "a disk dies again", () => OnPeer(_faults.RestoreAgain));
        }

        MayHappen(30, 3, "a clock jumps ahead and back", () => OnPeer(_faults.JumpClock));
        MayHappen(30, 3, "the directory's clock is set", _faults.SetDirectoryClock);
        MayHappen(20, 3, "the directory's clock jumps ahead and back", _faults.JumpDirectoryClock);
        return steps;

        void MayHappen(int percent, int weight, string name, Action action)
        {
            if (features.Next(100) < percent)
            {
                steps.Add((weight, name, action));
            }
        }
    }

    /// <summary>Takes one random step.</summary>
    public void Step()
    {
        var choice = _world.Random.Next(_steps.Sum(step => step.Weight));
        foreach (var (weight, name, action) in _steps)
        {
            choice -= weight;
            if (choice >= 0)
            {
                continue;
            }

            if (_world.IsTraced)
            {
                _world.Trace($"-- {name}");
            }

            action();
            return;
        }
    }

    private void OnPeer(Action<SimulatedPeer> action)
    {
        var peer = _world.Peers[_world.Random.Next(_world.Peers.Count)];
        if (peer.IsUp)
        {
            action(peer);
        }
    }

    private void OnSession(Action<SimulatedSession> action) =>
        OnPeer(peer =>
        {
            var others = _world.Peers.Where(other => other != peer).ToList();
            action(peer.SessionWith(others[_world.Random.Next(others.Count)]));
        });

    private void OnSession(Func<SimulatedSession, bool> action) =>
        OnSession(session =>
        {
            _ = action(session);
        });

    private void OnLink(Action<SimulatedLink, SimulatedSession> action)
    {
        _ = _world.Links.RemoveAll(link => link.IsOver);
        if (_world.Links.Count == 0)
        {
            return;
        }

        var link = _world.Links[_world.Random.Next(_world.Links.Count)];
        var side = _world.Random.Next(2) == 0 ? link.Dialler : link.Answerer;
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
        if (_world.Dials.Count > 0)
        {
            action(_world.Random.Next(_world.Dials.Count));
        }
    }

    private void OnDeposit(bool told)
    {
        if (_world.Deposits.Count > 0)
        {
            _world.FinishDeposit(_world.Random.Next(_world.Deposits.Count), told);
        }
    }

    // Lets many things happen without faults, as is usual.
    private void Flow()
    {
        for (var left = _world.Random.Next(60); left > 0; left--)
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
            for (var count = _world.Random.Next(10) == 0 ? 20 : 1; count > 0 && session.Machine.IsContact; count--)
            {
                session.Send($"text {++_lastText}" + new string('.', _world.Random.Next(100)));
            }
        });

    private void Answer(SimulatedSession session)
    {
        _ = _world.Random.Next(10) == 0 ? session.Machine.Reject(RejectReason.Busy) : session.Machine.Accept();
        session.Apply();
    }

    private void ReadAll(SimulatedSession session)
    {
        var theirs = session.Machine.Snapshot.Conversation;
        if (theirs.TheirNext > 0)
        {
            _ = session.Machine.Conversation.MarkRead(
                theirs.TheirEpoch,
                (ulong)_world.Random.NextInt64((long)theirs.TheirNext + 1)
            );
        }

        session.Apply();
    }

    private void Type(SimulatedSession session)
    {
        session.Machine.Conversation.SetTyping(_world.Random.Next(2) == 0);
        session.Machine.Conversation.SetPresence(
            _world.Random.Next(2) == 0 ? PresenceState.Away : PresenceState.Active
        );
        session.Apply();
    }

    private void ExpireOne(SimulatedSession session)
    {
        var waiting = session.Machine.Snapshot.Conversation.Outbox.Where(entry => entry.Message is not null).ToList();
        if (waiting.Count == 0)
        {
            return;
        }

        var message = waiting[_world.Random.Next(waiting.Count)].Message!;
        _world.Checker.MayExpireEarly(_world.TextOf(message.Id));
        _ = session.Machine.Conversation.Abandon(message.Id, AbandonReason.Expired);
        session.Apply();
    }

    private void ToggleBlock(SimulatedSession session)
    {
        if (!session.Owner.Blocked.Remove(session.Remote.Label))
        {
            _world.Block(session);
        }
    }

    private void Compose(SimulatedSession session)
    {
        if (
            session.IsDepositing
            || !session.Owner.HasDirectory
            || (session.Machine.IsConnected && _world.Random.Next(4) > 0)
        )
        {
            return;
        }

        session.Compose(_world.Random.Next(1500));
    }

    private void CollectSome(SimulatedPeer peer)
    {
        if (!peer.HasDirectory)
        {
            return;
        }

        var envelopes = _world.Mailbox.Of(peer.Label).ToArray();
        if (_world.Random.Next(2) == 0)
        {
            _world.Random.Shuffle(envelopes);
        }

        _world.Collect(peer, envelopes.Take(1 + _world.Random.Next(4)));
    }
}

using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// A room with partitions, crashes, restores, blocked members, full outboxes, lossy lines and liars. Its members write,
/// reply, react, edit and delete. Each seed gives one history.
/// </summary>
internal sealed class RoomSimulation
{
    private static readonly string[] Emojis = ["👍", "❤️", "😂", ""];
    private static readonly byte[][] Pictures =
    [
        [],
        TestPictures.RealPng,
        TestPictures.PngOfSize(3000),
    ];

    private readonly Random _random;
    private readonly RoomSimulationLiar _liar;
    private readonly SimulatedRoomLines _lines;
    private readonly Action<string>? _trace;
    private readonly bool _hasFullOutboxes;
    private int _texts;

    public RoomSimulation(int seed, int? members = null, Action<string>? trace = null)
    {
        _random = new Random(seed);
        _trace = trace;
        var count = members ?? _random.Next(3, 13);
        var history = _random.Next(3) * 5;
        var create = RoomMachine.Create(RoomKeys.Of(0), "Simulated", history, BitConverter.GetBytes((Int128)seed));
        for (var number = 0; number < count; number++)
        {
            Peers.Add(new SimulatedRoomPeer(number, create.Id));
            Peers[number].Start(number == 0 ? [create] : []);
        }

        // At most one in four is a liar. In one room of five, it is the owner.
        var first = _random.Next(5) == 0 && count > 3 ? 0 : 1;
        Liars =
        [
            .. Enumerable
                .Range(first, count - first)
                .Where(number => number == 0 || _random.Next(8) == 0)
                .Take(count / 4),
        ];
        _liar = new RoomSimulationLiar(this, _random);
        _hasFullOutboxes = members is null && _random.Next(4) == 0;
        _lines = new SimulatedRoomLines(Peers, _random) { IsLossy = members is null && _random.Next(2) == 0 };
    }

    public List<SimulatedRoomPeer> Peers { get; } = [];

    public HashSet<int> Liars { get; }

    public DateTimeOffset Now { get; private set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Messages of honest members that were committed, each with its text.</summary>
    public Dictionary<RoomEventId, int> Sent { get; } = [];

    /// <summary>What honest members have written, also without success.</summary>
    public Dictionary<RoomEventId, RoomMessage> Written { get; } = [];

    /// <summary>How much has arrived, of events and questions.</summary>
    public long Arrived { get; private set; }

    /// <summary>Members that were restored to an older state.</summary>
    public HashSet<int> Restored { get; } = [];

    private int Known =>
        Peers.Sum(peer =>
            peer.Machine.Log.Membership.Ordered.Count
            + peer.Machine.Log.Messages.Ordered.Count
            + peer.Machine.Log.Messages.Ordered.Count(node => node.Event.Body is not null)
        );

    public IEnumerable<SimulatedRoomPeer> Honest => Peers.Where(peer => !Liars.Contains(peer.Number));

    public void Trace(string what) => _trace?.Invoke(what);

    public void Run(int steps)
    {
        // Enough members to begin with.
        foreach (var peer in Peers.Skip(1).Where(_ => _random.Next(4) > 0))
        {
            Do(Peers[0], machine => machine.Invite(peer.Id));
        }

        Settle();
        foreach (var peer in Peers.Skip(1))
        {
            Do(peer, machine => machine.Join());
        }

        for (var step = 0; step < steps; step++)
        {
            Step();
            CheckStates();
            if (step % 8 == 0)
            {
                CheckDeleted();
            }
        }

        _lines.Heal();
        _lines.IsLossy = false;
        foreach (var peer in Peers.Where(peer => !peer.IsUp))
        {
            Start(peer);
        }

        Settle();
        // All links open once. What follows must close all gaps.
        Reconnect();
        var before = -1;
        for (var hour = 0; hour < 12 && Known != before; hour++)
        {
            before = Known;
            for (var i = 0; i < Peers.Count + 2; i++)
            {
                Pass(RoomLimits.MessageWait);
            }

            Pass(RoomLimits.AskAgain);
        }

        CheckDeleted();
    }

    // A deleted text is nowhere at a member that knows of it: not in the log, the store or what waits to be sent.
    private void CheckDeleted()
    {
        foreach (var peer in Honest.Where(peer => peer.IsUp && !peer.HasEffects))
        {
            var deleted = RoomOracle.Deleted(peer.Machine.Log).ToHashSet();
            if (deleted.Count > 0 && peer.Texts.Concat(_lines.TextsFrom(peer)).Any(deleted.Contains))
            {
                throw new InvalidOperationException($"Member {peer.Number} has the text of a deleted message.");
            }
        }
    }

    // What was computed event by event is what the set of events comes to. Owners who fork are the hard case.
    private void CheckStates()
    {
        foreach (var peer in Honest.Where(peer => peer.IsUp && Liars.Contains(0)))
        {
            var log = peer.Machine.Log;
            var resolved = MembershipResolver.Resolve(log.Membership.Ordered).State;
            if (!RoomScene.Describe(resolved).SequenceEqual(RoomScene.Describe(log.State)))
            {
                throw new InvalidOperationException($"Member {peer.Number} has other members than after a restart.");
            }
        }
    }

    /// <summary>Puts what a liar has made on its way to a member.</summary>
    public void Inject(int from, int to, RoomEffect forged) => _lines.Enqueue(from, to, forged);

    private void Step()
    {
        var peer = Peers[_random.Next(Peers.Count)];
        switch (_random.Next(24))
        {
            case 0:
                Partition();
                break;
            case 1:
                _lines.Heal();
                Reconnect();
                break;
            case 2 when peer.IsUp:
                Crash(peer);
                break;
            case 3 when _random.Next(8) == 0:
                Restore(peer);
                break;
            case 3 when _random.Next(4) == 0:
                Peers.FindAll(one => one.IsUp).ForEach(one => one.BackUp());
                break;
            case 4:
                Administer(peer);
                break;
            case 5 when Liars.Contains(peer.Number) && peer.IsUp:
                _liar.Act(peer);
                break;
            case 6:
                Pass(TimeSpan.FromSeconds(_random.Next(1, 20)));
                break;
            case 7 when _random.Next(20) == 0:
                // More than may wait, or be kept of a removed member.
                for (var i = _random.Next(60, 100); i > 0; i--)
                {
                    Say(peer);
                }

                break;
            case 8 when _random.Next(10) == 0:
                Block(peer, Peers[_random.Next(Peers.Count)]);
                break;
            case < 12:
                Say(peer);
                break;
            default:
                Work(_random.Next(1, 60));
                break;
        }

        foreach (var down in Peers.Where(down => !down.IsUp && _random.Next(4) == 0).ToList())
        {
            Start(down);
            ReachFrom(down);
        }
    }

    // One who has blocked everybody has nobody to ask for the events of the others.
    private void Block(SimulatedRoomPeer peer, SimulatedRoomPeer other)
    {
        if (!peer.Blocked.Remove(other.Id) && other != peer && peer.Blocked.Count < Peers.Count - 2)
        {
            _ = peer.Blocked.Add(other.Id);
        }
    }

    private void Administer(SimulatedRoomPeer peer)
    {
        var other = Peers[_random.Next(Peers.Count)].Id;
        var role = (RoomRole)_random.Next(1, _random.Next(4) == 0 ? 4 : 3);
        Do(peer, machine => _random.Next(8) switch
            {
                0 => machine.Remove(other),
                1 or 2 => machine.SetRole(other, role),
                3 when _random.Next(3) == 0 => machine.SetPicture(Pictures[_random.Next(Pictures.Length)]),
                3 => machine.Rename($"{_random.Next(100)}"),
                4 when _random.Next(4) == 0 => machine.Leave(),
                5 => machine.Join(),
                _ => machine.Invite(other),
            });
    }

    private void Say(SimulatedRoomPeer peer)
    {
        if (!peer.IsUp)
        {
            return;
        }

        // A member's clock may be wrong by days, so that an edit comes too late.
        var sentAt = _random.Next(16) == 0 ? Now.AddDays(_random.Next(-4, 5)) : Now;
        var message = new RoomMessage($"{_texts++}", sentAt, Content(peer.Machine.Log, peer));
        Do(peer, machine => machine.Send(message));
    }

    private RoomContent? Content(RoomLog log, SimulatedRoomPeer peer)
    {
        var kind = _random.Next(16);
        var all =
            kind < 9 ? []
            : kind < 12 ? log.Messages.Ordered
            : log.Messages.Of(peer.Id);
        if (all.Count == 0)
        {
            return null;
        }

        var target = all[_random.Next(Math.Max(0, all.Count - 12), all.Count)].Event.Id;
        return kind switch
        {
            9 => new RoomContent.Reply(target),
            10 or 11 => new RoomContent.Reaction(target, Emojis[_random.Next(Emojis.Length)]),
            15 => new RoomContent.Delete(target),
            _ => new RoomContent.Edit(target),
        };
    }

    private static void Do(SimulatedRoomPeer peer, Func<RoomMachine, RoomRefusal?> command)
    {
        if (!peer.IsUp || peer.IsBehind)
        {
            return;
        }

        _ = command(peer.Machine);
        peer.Collect();
    }

    private void Restore(SimulatedRoomPeer peer)
    {
        if (!peer.IsUp)
        {
            return;
        }

        Trace($"{peer.Number} is restored");
        _ = Restored.Add(peer.Number);
        peer.Restore();
        _lines.Cut(peer);
        Start(peer);
        ReachFrom(peer);
    }

    private void Partition() =>
        _lines.Split(Peers.Where(_ => _random.Next(2) == 0).Select(peer => peer.Number).ToHashSet());

    private void Crash(SimulatedRoomPeer peer)
    {
        Trace($"{peer.Number} crashes");
        peer.Crash();
        _lines.Cut(peer);
    }

    private void Start(SimulatedRoomPeer peer)
    {
        peer.Start();
        // The erasure of what waits may have been lost with the crash.
        _lines.Erase(peer, peer.HasErased);
    }

    private void Pass(TimeSpan time)
    {
        Now += time;
        foreach (var peer in Peers.Where(peer => peer.IsUp))
        {
            peer.Machine.Tick(Now);
            peer.Collect();
        }

        Settle();
    }

    private void Reconnect()
    {
        foreach (var (index, peer) in Peers.Index())
        {
            Reach(peer, Peers.Skip(index + 1));
        }

        Settle();
    }

    private void ReachFrom(SimulatedRoomPeer peer) => Reach(peer, Peers.Where(other => other != peer));

    private void Reach(SimulatedRoomPeer peer, IEnumerable<SimulatedRoomPeer> others)
    {
        foreach (var other in others.Where(other => _lines.CanReach(peer.Number, other.Number)))
        {
            peer.Machine.Reachable(other.Id, Now);
            other.Machine.Reachable(peer.Id, Now);
            other.Collect();
        }

        if (peer.IsUp)
        {
            peer.Collect();
        }
    }

    // Some effects and arrivals, in any order between members.
    private void Work(int count)
    {
        while (count-- > 0 && WorkOnce()) { }
    }

    private void Settle()
    {
        while (WorkOnce()) { }
    }

    private bool WorkOnce()
    {
        var busy = Peers.Where(peer => peer.IsUp && peer.HasEffects).ToList();
        if (busy.Count > 0 && _random.Next(2) == 0 || !ArriveOnce())
        {
            if (busy.Count == 0)
            {
                return false;
            }

            var peer = busy[_random.Next(busy.Count)];
            Execute(peer);
            CrashNowAndThen(peer);
        }

        return true;
    }

    private void CrashNowAndThen(SimulatedRoomPeer peer)
    {
        if (_lines.IsLossy && _random.Next(500) == 0)
        {
            Crash(peer);
        }
    }

    private void Execute(SimulatedRoomPeer peer)
    {
        if (peer.Execute() is not { } effect)
        {
            Note(peer);
            return;
        }

        if (effect is RoomEffect.Answer answer && Liars.Contains(peer.Number))
        {
            effect = _liar.Change(answer);
        }

        var to = Peers.Find(other => other.Id == RoomScene.RecipientOf(effect))!;
        // An outbox that is half full takes no more events. The other member learns of them from heads.
        var isDropped = _hasFullOutboxes && effect is RoomEffect.Send && _random.Next(20) == 0;
        if (!isDropped && (effect is RoomEffect.Send || _lines.CanReach(peer.Number, to.Number)))
        {
            _lines.Enqueue(peer.Number, to.Number, effect);
        }
    }

    // A message is promised once it is stored.
    private void Note(SimulatedRoomPeer peer)
    {
        while (peer.Committed.TryDequeue(out var own))
        {
            if (!Liars.Contains(peer.Number) && RoomMessage.Of(own) is { } message)
            {
                _ = Sent.TryAdd(own.Id, peer.Number);
                _ = Written.TryAdd(own.Id, message);
            }
        }

        while (peer.Erased.TryDequeue(out var id))
        {
            _lines.Erase(peer, id.Equals);
        }
    }

    private bool ArriveOnce()
    {
        if (!_lines.TryTake(out var between, out var arrived))
        {
            return false;
        }

        if (arrived is not null)
        {
            Arrived++;
            var to = Peers[between.To];
            RoomScene.Arrive(to.Machine, Peers[between.From].Id, arrived, Now);
            if (arrived is RoomEffect.SendHeads heads)
            {
                to.OnHeads(Peers[between.From].Id, heads.Heads);
            }

            to.Collect();
            while (to.HasEffects && _random.Next(3) > 0)
            {
                Execute(to);
            }

            CrashNowAndThen(to);
        }

        return true;
    }
}

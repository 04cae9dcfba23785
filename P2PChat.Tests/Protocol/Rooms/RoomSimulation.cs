using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// A room with partitions, crashes, restores, blocked members, full outboxes and liars. Each seed gives one history.
/// Events between two members arrive in order and once, as conversations deliver them; everything else may be lost.
/// </summary>
internal sealed class RoomSimulation
{
    private readonly Random _random;
    private readonly RoomSimulationLiar _liar;
    private readonly Dictionary<(int From, int To), Queue<RoomEffect>> _lines = [];
    private readonly List<(int From, int To)> _busy = [];
    private readonly HashSet<(int, int)> _partitions = [];
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
    }

    public List<SimulatedRoomPeer> Peers { get; } = [];

    public HashSet<int> Liars { get; }

    public DateTimeOffset Now { get; private set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Messages of honest members that were committed, each with its text.</summary>
    public Dictionary<RoomEventId, int> Sent { get; } = [];

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
        }

        _partitions.Clear();
        foreach (var peer in Peers.Where(peer => !peer.IsUp))
        {
            peer.Start();
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
    public void Inject(int from, int to, RoomEffect forged) => Enqueue(from, to, forged);

    private void Step()
    {
        var peer = Peers[_random.Next(Peers.Count)];
        switch (_random.Next(24))
        {
            case 0:
                Partition();
                break;
            case 1:
                _partitions.Clear();
                Reconnect();
                break;
            case 2 when peer.IsUp:
                Trace($"{peer.Number} crashes");
                peer.Crash();
                break;
            case 3 when _random.Next(8) == 0:
                Restore(peer);
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
            down.Start();
            ReachFrom(down);
        }
    }

    // One who has blocked everybody has nobody to ask for the events of the others.
    private void Block(SimulatedRoomPeer peer, SimulatedRoomPeer other)
    {
        if (other != peer && peer.Blocked.Count < Peers.Count - 2)
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
                3 => machine.Rename($"{_random.Next(100)}"),
                4 when _random.Next(4) == 0 => machine.Leave(),
                5 => machine.Join(),
                _ => machine.Invite(other),
            });
    }

    private void Say(SimulatedRoomPeer peer)
    {
        var text = _texts++;
        var isDelete = peer.IsUp && _random.Next(20) == 0;
        var own = isDelete ? peer.Machine.Log.Messages.Of(peer.Id) : [];
        RoomContent? delete = own.Count > 0 ? new RoomContent.Delete(own[_random.Next(own.Count)].Event.Id) : null;
        Do(peer, machine => machine.Send(new RoomMessage($"{text}", Now, delete)));
    }

    private static void Do(SimulatedRoomPeer peer, Func<RoomMachine, RoomRefusal?> command)
    {
        if (!peer.IsUp)
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

        // A copy of the store from before the last few events of others and of its own.
        Trace($"{peer.Number} is restored");
        _ = Restored.Add(peer.Number);
        var copy = peer.Copy();
        foreach (var own in peer.Machine.Log.Messages.Of(peer.Id).TakeLast(2))
        {
            _ = copy.Remove(own.Event.Id);
        }

        peer.Restore(copy);
        peer.Start();
        ReachFrom(peer);
    }

    private void Partition()
    {
        var side = Peers.Where(_ => _random.Next(2) == 0).Select(peer => peer.Number).ToHashSet();
        foreach (var one in side)
        {
            foreach (var other in Peers.Select(peer => peer.Number).Where(number => !side.Contains(number)))
            {
                _ = _partitions.Add((one, other));
                _ = _partitions.Add((other, one));
            }
        }
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
        foreach (var other in others.Where(other => CanReach(peer.Number, other.Number)))
        {
            peer.Machine.Reachable(other.Id);
            other.Machine.Reachable(peer.Id);
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

            Execute(busy[_random.Next(busy.Count)]);
        }

        return true;
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
        if (!isDropped && (effect is RoomEffect.Send || CanReach(peer.Number, to.Number)))
        {
            Enqueue(peer.Number, to.Number, effect);
        }
    }

    // A message is promised once it is stored.
    private void Note(SimulatedRoomPeer peer)
    {
        while (peer.Committed.TryDequeue(out var id))
        {
            if (!Liars.Contains(peer.Number))
            {
                _ = Sent.TryAdd(id, peer.Number);
            }
        }
    }

    private bool ArriveOnce()
    {
        if (NextLine() is not { } between)
        {
            return false;
        }

        var (to, queue) = (Peers[between.To], _lines[between]);
        var arrived = queue.Dequeue();
        if (queue.Count == 0)
        {
            _ = _busy.Remove(between);
        }

        Arrived++;
        RoomScene.Arrive(to.Machine, Peers[between.From].Id, arrived, Now);
        // What was delivered is committed together with its acknowledgement, before anything else.
        to.Collect();
        while (to.HasEffects && _random.Next(3) > 0)
        {
            Execute(to);
        }

        return true;
    }

    // Tries a few at random first, because 100 members have 9,900 lines.
    private (int From, int To)? NextLine()
    {
        for (var i = 0; i < 16 && _busy.Count > 0; i++)
        {
            var line = _busy[_random.Next(_busy.Count)];
            if (CanReach(line.From, line.To))
            {
                return line;
            }
        }

        var open = _busy.Where(line => CanReach(line.From, line.To)).ToList();
        return open.Count > 0 ? open[_random.Next(open.Count)] : null;
    }

    private bool CanReach(int one, int other) =>
        Peers[one].IsUp && Peers[other].IsUp && !_partitions.Contains((one, other));

    private void Enqueue(int from, int to, RoomEffect effect)
    {
        if (!_lines.TryGetValue((from, to), out var line))
        {
            _lines[(from, to)] = line = [];
        }

        line.Enqueue(effect);
        if (line.Count == 1)
        {
            _busy.Add((from, to));
        }
    }
}

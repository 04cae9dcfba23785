using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// The lines between the members of a simulated room. Events between two members arrive in order and once, as
/// conversations deliver them. Lossy lines also lose questions and parts of answers, repeat events and mix them up.
/// </summary>
internal sealed class SimulatedRoomLines(IReadOnlyList<SimulatedRoomPeer> peers, Random random)
{
    private readonly Dictionary<(int From, int To), LinkedList<RoomEffect>> _lines = [];
    private readonly List<(int From, int To)> _busy = [];
    private readonly HashSet<(int, int)> _partitions = [];

    public bool IsLossy { get; set; }

    public bool CanReach(int one, int other) =>
        peers[one].IsUp && peers[other].IsUp && !_partitions.Contains((one, other));

    public void Split(IReadOnlySet<int> side)
    {
        foreach (var one in side)
        {
            foreach (var other in peers.Select(peer => peer.Number).Where(number => !side.Contains(number)))
            {
                _ = _partitions.Add((one, other));
                _ = _partitions.Add((other, one));
            }
        }

        Cut(line => _partitions.Contains(line));
    }

    public void Heal() => _partitions.Clear();

    /// <summary>The links of a member have ended.</summary>
    public void Cut(SimulatedRoomPeer peer) => Cut(line => line.From == peer.Number || line.To == peer.Number);

    public void Enqueue(int from, int to, RoomEffect effect)
    {
        if (!_lines.TryGetValue((from, to), out var line))
        {
            _lines[(from, to)] = line = [];
        }

        _ = line.AddLast(effect);
        if (line.Count == 1)
        {
            _busy.Add((from, to));
        }
    }

    /// <summary>Takes what arrives next.</summary>
    /// <param name="arrived">Null if it was lost, or comes later.</param>
    /// <returns>False if nothing can arrive now.</returns>
    public bool TryTake(out (int From, int To) between, out RoomEffect? arrived)
    {
        (between, arrived) = (default, null);
        if (Next() is not { } next)
        {
            return false;
        }

        between = next;
        var line = _lines[between];
        arrived = line.First!.Value;
        line.RemoveFirst();
        if (line.Count == 0)
        {
            _ = _busy.Remove(between);
        }

        if (IsLossy)
        {
            arrived = Disturb(between, arrived);
        }

        return true;
    }

    /// <summary>A member removes deleted texts from what it still has to send.</summary>
    public void Erase(SimulatedRoomPeer peer, Predicate<RoomEventId> isDeleted)
    {
        foreach (var line in _busy.Where(line => line.From == peer.Number).Select(line => _lines[line]))
        {
            for (var node = line.First; node is not null; node = node.Next)
            {
                node.Value = Without(node.Value, isDeleted);
            }
        }
    }

    /// <summary>The events that a member still has to send with their bodies.</summary>
    public IEnumerable<RoomEventId> TextsFrom(SimulatedRoomPeer peer) =>
        _busy
            .Where(line => line.From == peer.Number)
            .SelectMany(line => _lines[line])
            .SelectMany(RoomScene.EventsOf)
            .Where(one => one is { IsMembership: false, Body: not null })
            .Select(one => one.Id);

    private RoomEffect? Disturb((int From, int To) between, RoomEffect arrived)
    {
        switch (random.Next(24))
        {
            case 0:
                Enqueue(between.From, between.To, arrived);
                return arrived;
            case 1:
                Enqueue(between.From, between.To, arrived);
                return null;
            case 2 or 3 when arrived is not RoomEffect.Send:
                return Part(arrived);
            default:
                return arrived;
        }
    }

    // Events are sent by mail too, if there is no link. An answer is many events, of which the outbox takes the first.
    private void Cut(Predicate<(int From, int To)> isCut)
    {
        if (!IsLossy)
        {
            return;
        }

        foreach (var between in _busy.Where(line => isCut(line)).ToList())
        {
            var line = _lines[between];
            for (var (node, next) = (line.First, line.First?.Next); node is not null; (node, next) = (next, next?.Next))
            {
                if (node.Value is not RoomEffect.Send)
                {
                    line.Remove(node);
                }
            }

            if (line.Count == 0)
            {
                _ = _busy.Remove(between);
            }
        }
    }

    private RoomEffect? Part(RoomEffect arrived) =>
        arrived is RoomEffect.Answer answer
            ? answer with
            {
                Events = [.. answer.Events.Take(random.Next(answer.Events.Count))],
            }
            : null;

    private static RoomEffect Without(RoomEffect effect, Predicate<RoomEventId> isDeleted)
    {
        RoomEvent Erased(RoomEvent sent) => isDeleted(sent.Id) ? sent.WithoutBody() : sent;
        return effect switch
        {
            RoomEffect.Send { Event.IsMembership: false } send => send with { Event = Erased(send.Event) },
            RoomEffect.Answer answer => answer with
            {
                Events = [.. answer.Events.Select(one => one.IsMembership ? one : Erased(one))],
            },
            _ => effect,
        };
    }

    // Tries a few at random first, because 100 members have 9,900 lines.
    private (int From, int To)? Next()
    {
        for (var i = 0; i < 16 && _busy.Count > 0; i++)
        {
            var line = _busy[random.Next(_busy.Count)];
            if (CanReach(line.From, line.To))
            {
                return line;
            }
        }

        var open = _busy.Where(line => CanReach(line.From, line.To)).ToList();
        return open.Count > 0 ? open[random.Next(open.Count)] : null;
    }
}

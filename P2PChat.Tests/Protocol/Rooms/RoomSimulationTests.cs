using System.Collections.Concurrent;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Simulation;
using Xunit.Abstractions;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// Rooms in random histories: the same members, the same order, the same texts and reactions, nothing lost, and nothing
/// left of what was deleted. <c>P2PCHAT_ROOM_SEEDS</c> sets how many,
/// <c>P2PCHAT_LARGE_ROOM_SEEDS</c> how many with 100 members (by default 1 with 16). <c>P2PCHAT_ROOM_SEED</c> replays
/// one with its steps.
/// </summary>
public sealed class RoomSimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 200;
    private const int Steps = 150;

    [Fact]
    public void Members_agree_and_nothing_is_lost()
    {
        var count = SimulationRun.Setting("P2PCHAT_ROOM_SEEDS") ?? Seeds;
        var sent = RunAll(1, count, members: null);

        output.WriteLine($"{sent} messages.");
        // Histories without messages would prove nothing.
        Assert.True(sent > count * 10L);
    }

    [Fact]
    public void Large_room_agrees()
    {
        // 100 members take too long for every run.
        var count = SimulationRun.Setting("P2PCHAT_LARGE_ROOM_SEEDS");
        var members = count is null ? 16 : RoomLimits.Members;

        Assert.True(RunAll(1, count ?? 1, members) > 0);
    }

    [Fact]
    public void One_seed_replays_with_its_steps()
    {
        var seed = SimulationRun.Setting("P2PCHAT_ROOM_SEED") ?? 1;
        var (one, other) = (new List<string>(), new List<string>());

        var broken = Run(seed, members: null, out _, one.Add);
        _ = Run(seed, members: null, out _, other.Add);

        Assert.Equal(one, other);
        output.WriteLine(string.Join('\n', one));
        Assert.True(broken is null, broken);
    }

    private static long RunAll(int first, int count, int? members)
    {
        var (sent, failing) = (0L, new ConcurrentBag<(int Seed, string What)>());
        _ = Parallel.For(
            first,
            first + count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            seed =>
            {
                if (Run(seed, members, out var messages, trace: null) is { } broken)
                {
                    failing.Add((seed, broken));
                }

                _ = Interlocked.Add(ref sent, messages);
            }
        );
        var first3 = string.Join('\n', failing.OrderBy(one => one.Seed).Take(3));
        Assert.True(failing.IsEmpty, $"{failing.Count} seeds fail:\n{first3}");
        return sent;
    }

    private static string? Run(int seed, int? members, out int messages, Action<string>? trace)
    {
        var simulation = new RoomSimulation(seed, members, trace);
        try
        {
            simulation.Run(Steps);
            // A room in which everybody asks everybody is correct, and useless. Each join goes to each member twice.
            if (members is { } all && simulation.Arrived > 25L * all * all)
            {
                messages = 0;
                return $"{simulation.Arrived} events and questions.";
            }

            messages = simulation.Sent.Count;
            return Check(simulation);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            messages = 0;
            return exception.ToString();
        }
    }

    private static string? Check(RoomSimulation simulation)
    {
        var honest = simulation.Honest.ToList();
        foreach (var peer in honest)
        {
            var log = peer.Machine.Log;
            if (!peer.Shown.SequenceEqual(log.Order.Where(id => IsRow(log, id) && !log.Hidden.Contains(id))))
            {
                return $"Member {peer.Number} shows another order than its log has.";
            }

            if (
                peer.Shown.FirstOrDefault(id => log.StatusOf(id) != peer.Marks.GetValueOrDefault(id)) is var wrong
                && wrong != default
            )
            {
                return $"Member {peer.Number} marks {wrong} wrongly.";
            }

            if ((CheckRows(simulation, peer) ?? CheckRebuilt(log, simulation)) is { } broken)
            {
                return $"Member {peer.Number}: {broken}";
            }

            var suspect = honest.Find(one => peer.Forked.Contains(one.Id) && !simulation.Restored.Contains(one.Number));
            if (suspect is not null)
            {
                return $"Member {peer.Number} takes {suspect.Number} for a liar.";
            }
        }

        foreach (var one in honest)
        {
            foreach (
                var other in honest.Where(other =>
                    other != one && AreMembers(one, other) && !one.Blocked.Contains(other.Id)
                )
            )
            {
                if (CheckPair(simulation, one, other) is { } broken)
                {
                    return $"Members {one.Number} and {other.Number}: {broken}";
                }
            }
        }

        return (
            from sent in simulation.Sent
            where !simulation.Restored.Contains(sent.Value)
            where simulation.Peers[sent.Value].Machine.Log.Find(sent.Key) is null
            select $"The message {sent.Key} of {sent.Value} is lost."
        ).FirstOrDefault();
    }

    private static bool AreMembers(SimulatedRoomPeer one, SimulatedRoomPeer other) =>
        one.Machine.State.IsMember(one.Id)
        && one.Machine.State.IsMember(other.Id)
        && other.Machine.State.IsMember(one.Id)
        && other.Machine.State.IsMember(other.Id);

    private static string? CheckPair(RoomSimulation simulation, SimulatedRoomPeer one, SimulatedRoomPeer other)
    {
        var (log, source) = (one.Machine.Log, other.Machine.Log);
        if (!RoomScene.Describe(log.State).SequenceEqual(RoomScene.Describe(source.State)))
        {
            return "other members.";
        }

        // A newcomer has fewer messages. Those with the same messages have the same order.
        if (log.Order.ToHashSet().SetEquals(source.Order))
        {
            if (!log.Order.SequenceEqual(source.Order))
            {
                return "the same messages in another order.";
            }

            if (log.Order.Any(id => log.StatusOf(id) != source.StatusOf(id)))
            {
                return "the same messages, of which others count.";
            }

            // One that was sent after removal may be shown to one of them alone.
            var shown = HaveSameBodies(log, source) ? one.Shown.Intersect(other.Shown) : [];
            if (shown.FirstOrDefault(id => RowOf(one, id) != RowOf(other, id)) is var differs && differs != default)
            {
                return $"the same messages, but {RowOf(one, differs)} and {RowOf(other, differs)}.";
            }
        }

        // What its author sent in the knowledge of this member's join, and still has.
        var entry = source.Membership.Find(log.State.Members[one.Id].Entry.Event.Id)!;
        foreach (var message in source.Messages.Ordered.Where(node => simulation.Sent.ContainsKey(node.Event.Id)))
        {
            var id = message.Event.Id;
            // A restored member may have to hear of its own lost messages from those who get them later.
            var isOwn = message.Event.Author == one.Id && simulation.Restored.Contains(one.Number);
            if (isOwn || !message.Knows(entry) || source.StatusOf(id) != MessageStatus.Counts)
            {
                continue;
            }

            if (log.Find(id) is not { } found)
            {
                return $"the first lacks {id}.";
            }

            if (found.Body is null && message.Event.Body is not null && !IsDeleted(log, message))
            {
                return $"the first lacks the text of {id}.";
            }
        }

        return null;
    }

    // The other may lack the delete of a member who was removed.
    private static bool IsDeleted(RoomLog log, MessageNode message)
    {
        var edited = (RoomMessage.Of(message.Event)?.Content as RoomContent.Edit)?.Of;
        return log
            .Messages.Of(message.Event.Author)
            .Select(other => (RoomMessage.Of(other.Event)?.Content as RoomContent.Delete)?.Of)
            .Any(deleted => deleted == message.Event.Id || deleted is not null && deleted == edited);
    }

    private static bool HaveSameBodies(RoomLog log, RoomLog source) =>
        log.Order.All(id => log.Find(id)!.Body is null == source.Find(id)!.Body is null);

    private static string? RowOf(SimulatedRoomPeer peer, RoomEventId id) =>
        peer.Machine.Timeline.Find(id) is { } row ? RoomOracle.Describe(row) : null;

    private static string? CheckRows(RoomSimulation simulation, SimulatedRoomPeer peer)
    {
        foreach (var (id, expected) in RoomOracle.Rows(peer.Machine.Log))
        {
            if (RowOf(peer, id) is var shown && shown != expected)
            {
                return $"shows {shown} instead of {expected}.";
            }

            // Nobody but its author changes what an honest member has written.
            if (!simulation.Written.TryGetValue(id, out _))
            {
                continue;
            }

            var row = peer.Machine.Timeline.Find(id)!;
            var isRight = row.IsRemoved
                ? peer.Machine.Log.Find(id)!.Body is null || IsDeleted(peer.Machine.Log, NodeOf(peer, id))
                : simulation.Written.GetValueOrDefault(row.TextFrom)?.Text == row.Text
                    && NodeOf(peer, row.TextFrom).Event.Author == row.Author;
            if (!isRight)
            {
                return $"shows {shown}, which its author has not written.";
            }
        }

        return null;
    }

    private static MessageNode NodeOf(SimulatedRoomPeer peer, RoomEventId id) => peer.Machine.Log.Messages.Find(id)!;

    private static bool IsRow(RoomLog log, RoomEventId id) => log.Find(id)!.Kind != RoomEventKind.Change;

    // The same events in any order of arrival, as often as they are refused because too many wait.
    private static string? CheckRebuilt(RoomLog log, RoomSimulation simulation)
    {
        RoomEvent[] events =
        [
            .. log.Membership.Ordered.Select(node => node.Event),
            .. log.Messages.Ordered.Select(node => node.Event),
        ];
        new Random(simulation.Sent.Count).Shuffle(events);
        var rebuilt = new RoomLog(log.Room);
        for (var (before, isLast) = (-1, false); !isLast; )
        {
            foreach (var roomEvent in events)
            {
                _ = rebuilt.Add(roomEvent);
            }

            var count = rebuilt.Membership.Ordered.Count + rebuilt.Messages.Ordered.Count + rebuilt.Pending.Count;
            if (count == before)
            {
                isLast = events.Sum(one => rebuilt.Release(one.Id).Placed.Count) == 0;
            }

            before = count;
        }

        var shown = RoomOracle.Rows(log);
        return !RoomScene.Describe(rebuilt.State).SequenceEqual(RoomScene.Describe(log.State))
                ? "who is a member depends on how events arrived."
            : !rebuilt.Order.SequenceEqual(log.Order) ? "the order depends on how events arrived."
            : log.Order.Any(id => rebuilt.StatusOf(id) != log.StatusOf(id))
                ? "what counts depends on how events arrived."
            : RoomTimeline
                .Of(rebuilt)
                .Where(row => !log.Hidden.Contains(row.Event))
                .Any(row => RoomOracle.Describe(row) != shown[row.Event])
                ? "texts or reactions depend on how events arrived."
            : null;
    }
}

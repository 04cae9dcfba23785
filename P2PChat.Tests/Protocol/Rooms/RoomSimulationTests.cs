using System.Collections.Concurrent;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Simulation;
using Xunit.Abstractions;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// Rooms in random histories: the same members, the same order, nothing lost. <c>P2PCHAT_ROOM_SEEDS</c> sets how many,
/// <c>P2PCHAT_LARGE_ROOM_SEEDS</c> how many with 100 members. <c>P2PCHAT_ROOM_SEED</c> replays one with its steps.
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
    public void Room_of_100_members_agrees()
    {
        var count = SimulationRun.Setting("P2PCHAT_LARGE_ROOM_SEEDS") ?? 0;

        _ = RunAll(1, count, RoomLimits.Members);
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
            // A room in which everybody asks everybody is correct, and useless.
            if (members is { } all && simulation.Arrived > 20L * all * all)
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
        var owner = simulation.Peers.Find(peer => peer.Id == simulation.Peers[0].Machine.State.Owner)!.Machine;
        var now = simulation.Honest.Where(peer => owner.State.IsMember(peer.Id)).ToList();
        foreach (var peer in now)
        {
            var log = peer.Machine.Log;
            if (!RoomScene.Describe(log.State).SequenceEqual(RoomScene.Describe(owner.State)))
            {
                return $"Member {peer.Number} has other members than the owner.";
            }

            if (!peer.Shown.SequenceEqual(log.Order))
            {
                return $"Member {peer.Number} shows another order than its log has.";
            }

            if (
                log.Order.FirstOrDefault(id => log.StatusOf(id) != peer.Marks.GetValueOrDefault(id)) is var wrong
                && wrong != default
            )
            {
                return $"Member {peer.Number} marks {wrong} wrongly.";
            }

            if (!Rebuilt(peer.Machine.Log, simulation).SequenceEqual(log.Order))
            {
                return $"The order of member {peer.Number} depends on how events arrived.";
            }
        }

        return CheckMessages(simulation, now);
    }

    private static string? CheckMessages(RoomSimulation simulation, List<SimulatedRoomPeer> members)
    {
        var everything = members.Select(member => member.Machine.Log).ToList();
        foreach (var one in members)
        {
            var log = one.Machine.Log;
            foreach (var other in members.Where(other => other.Number > one.Number))
            {
                // A newcomer has fewer messages. Those with the same messages have the same order.
                var theirs = other.Machine.Log.Order.ToHashSet();
                if (theirs.SetEquals(log.Order) && !log.Order.SequenceEqual(other.Machine.Log.Order))
                {
                    return $"Members {one.Number} and {other.Number} have the same messages in another order.";
                }
            }

            // What its author sent in the knowledge of this member's join, and still has.
            var entry = log.State.Members[one.Id].Entry.Event.Id;
            foreach (var source in members.Where(source => source != one).Select(source => source.Machine.Log))
            {
                var lacking = source.Messages.Ordered.FirstOrDefault(message =>
                    simulation.Sent.ContainsKey(message.Event.Id)
                    && message.Knows(source.Membership.Find(entry)!)
                    && log.Find(message.Event.Id) is null
                );
                if (lacking is not null)
                {
                    return $"Member {one.Number} lacks {lacking.Event.Id}, which others have.";
                }
            }
        }

        return (
            from sent in simulation.Sent
            where members.Exists(peer => peer.Number == sent.Value) && !simulation.Restored.Contains(sent.Value)
            where everything.TrueForAll(log => log.Find(sent.Key) is null)
            select $"The message {sent.Key} of {sent.Value} is lost."
        ).FirstOrDefault();
    }

    private static IEnumerable<RoomEventId> Rebuilt(RoomLog log, RoomSimulation simulation)
    {
        RoomEvent[] events =
        [
            .. log.Membership.Ordered.Select(node => node.Event),
            .. log.Messages.Ordered.Select(node => node.Event),
        ];
        new Random(simulation.Sent.Count).Shuffle(events);
        var rebuilt = new RoomLog(log.Room);
        // Membership first, so that bounds on waiting events play no part.
        foreach (var roomEvent in log.Membership.Ordered.Select(node => node.Event).Concat(events))
        {
            _ = rebuilt.Add(roomEvent);
            _ = rebuilt.Release(roomEvent.Id);
        }

        return rebuilt.Order;
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using P2PChat.Bench.Processes;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures how long it takes to put the stored messages of a room in order.</summary>
internal sealed class RoomOrderRow : PathRow
{
    private const int Members = 4;

    // Each writes that many before it hears of the others'.
    private const int Apart = 5;

    private readonly ECDsa[] _keys =
    [
        .. Enumerable.Range(0, Members).Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256)),
    ];

    private RoomSnapshot _snapshot = null!;
    private RoomEventId[] _ids = [];

    public override string Id => "room-order";

    public override string Measures =>
        "the members and the order of a room with 10,000 messages of 4 members, from its stored events in any order";

    public override string Floor => "sorting the ids of the events";

    public override IReadOnlyList<Figure> Figures { get; } = [new("start", "ms", Aim.AtMost(1000))];

    public override async Task OpenAsync(Effort effort)
    {
        _snapshot = Write(effort.Of(10_000, 400));
        _ids = [.. _snapshot.Events.Select(one => one.Id)];
        for (var i = 0; i < effort.Of(3, 1); i++)
        {
            _ = await MeasureAsync();
            _ = await FloorAsync();
        }
    }

    public override Task<Sample[]> MeasureAsync()
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        var machine = new RoomMachine(_keys[0], _snapshot);
        var sample = SampleOf(started, cpu);
        var ordered = machine.Log.Order.Count();
        return machine.State.Members.Count == Members && ordered == _snapshot.Events.Count - (2 * Members) + 1
            ? Task.FromResult<Sample[]>([sample])
            : throw new InvalidOperationException($"{ordered} of {_snapshot.Events.Count} events are in order.");
    }

    public override Task<Sample?[]> FloorAsync()
    {
        var ids = _ids.ToArray();
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        Array.Sort(ids);
        return Task.FromResult<Sample?[]>([SampleOf(started, cpu)]);
    }

    public override ValueTask DisposeAsync()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private static Sample SampleOf(long started, double cpu) =>
        new(Stopwatch.GetElapsedTime(started).TotalMilliseconds, ProcessUsage.OwnCpuMicroseconds() - cpu);

    private RoomSnapshot Write(int messages)
    {
        var room = new RoomOfMachines(_keys);
        for (var i = 0; i < messages; i++)
        {
            _ = room.Machines[i / Apart % Members].Send(new RoomMessage($"{i}", DateTimeOffset.UnixEpoch));
            if (i % (Apart * Members) == (Apart * Members) - 1)
            {
                _ = room.Distribute();
            }
        }

        _ = room.Distribute();
        var events = room.Events.ToArray();
        new Random(1).Shuffle(events);
        return new RoomSnapshot(events[0].Room, events, [], []);
    }
}

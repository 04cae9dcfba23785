using P2PChat.Node.Rooms;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Rooms that were restored from a backup.</summary>
public sealed class RoomCatchUpTests
{
    private readonly RoomScene _scene = new(members: 2);
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Room_waits_for_the_heads_of_a_member_and_for_the_events()
    {
        var before = _scene[1].Log;
        var room = RoomOf(1, [.. before.Membership.Ordered.Select(node => node.Event)]);
        _scene.Say(1, "after the backup");
        _scene.Settle();
        var missed = before.Find(before.Order.Single())!;
        Assert.False(room.CatchUp!.IsDone(room, _now));

        room.CatchUp.OnHeads([missed.Id], _now);
        Assert.False(room.CatchUp.IsDone(room, _now));
        room.Machine.Receive(RoomKeys.IdOf(0), missed, _now);
        Assert.True(room.CatchUp.IsDone(room, _now));
    }

    [Fact]
    public void Head_that_never_comes_delays_for_one_minute()
    {
        var room = RoomOf(1, [.. _scene[1].Log.Membership.Ordered.Select(node => node.Event)]);
        room.CatchUp!.OnHeads([new RoomEventId(new byte[32])], _now);
        Assert.False(room.CatchUp.IsDone(room, _now));

        _now += TimeSpan.FromMinutes(1);

        Assert.True(room.CatchUp.IsDone(room, _now));
    }

    [Fact]
    public void Room_without_others_needs_no_wait()
    {
        var alone = new RoomScene(members: 1);
        var room = RoomOf(0, [.. alone[0].Log.Membership.Ordered.Select(node => node.Event)]);

        Assert.True(room.CatchUp!.IsDone(room, _now));
    }

    private static RoomHost RoomOf(int member, IReadOnlyList<RoomEvent> events)
    {
        var snapshot = new RoomSnapshot(events[0].Id, events, [], []);
        return new RoomHost(
            RoomKeys.IdOf(member),
            new StoredRoom(snapshot, Inviter: null, DateTimeOffset.UnixEpoch) { IsRestored = true },
            new RoomMachine(RoomKeys.Of(member), snapshot)
        );
    }
}

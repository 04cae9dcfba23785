using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Rooms that were restored from a backup.</summary>
public sealed class RoomCatchUpTests
{
    private static readonly PeerId Other = RoomKeys.IdOf(0);

    private readonly RoomScene _scene = new(members: 2);
    private readonly DirectoryRegistration _registration = new(new EventLog());
    private readonly RoomCatchUps _catchUps;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public RoomCatchUpTests() => _catchUps = new RoomCatchUps(_registration);

    [Fact]
    public void Room_waits_for_the_heads_of_a_member_and_for_the_events()
    {
        var room = RoomOf(1);
        var (first, last) = SayTwice();
        Assert.False(IsDone(room));

        _catchUps.OnHeads(room, Other, [last.Id]);
        Assert.False(IsDone(room));
        room.Machine.Receive(Other, last, _now);
        Assert.False(IsDone(room));
        room.Machine.Receive(Other, first, _now);
        Assert.True(IsDone(room));
    }

    [Fact]
    public void Most_of_the_other_members_end_the_wait()
    {
        Enter(2, 3);
        var room = RoomOf(1);
        var known = _scene[0].Log.Membership.Ordered[^1].Event.Id;
        _catchUps.OnHeads(room, RoomKeys.IdOf(2), [_scene.Room]);
        // One alone may lie.
        Assert.False(IsDone(room));
        _catchUps.OnHeads(room, RoomKeys.IdOf(3), [Unknown(1)]);
        Assert.False(IsDone(room));

        _catchUps.OnHeads(room, Other, [known]);

        Assert.True(IsDone(room));
    }

    [Fact]
    public void Heads_of_peers_who_are_not_members_do_not_end_the_wait()
    {
        Enter(2, 3);
        var room = RoomOf(1);
        _catchUps.OnHeads(room, Other, [_scene.Room]);
        _catchUps.OnHeads(room, RoomKeys.IdOf(8), [_scene.Room]);

        Assert.False(IsDone(room));
    }

    [Fact]
    public void Member_with_too_many_heads_is_not_waited_for()
    {
        var room = RoomOf(1);
        var known = _scene[0].Log.Membership.Ordered[^1].Event.Id;
        _catchUps.OnHeads(room, RoomKeys.IdOf(2), [.. Enumerable.Range(0, 1024).Select(Unknown)]);
        _catchUps.OnHeads(room, Other, [known]);

        Assert.False(IsDone(room));
    }

    [Fact]
    public void Wait_ends_one_minute_after_the_registration()
    {
        var room = RoomOf(1);
        _catchUps.OnHeads(room, Other, [Unknown(1)]);
        _now += TimeSpan.FromMinutes(2);
        Assert.False(IsDone(room));
        _registration.Registered("token");
        Assert.False(IsDone(room));
        _registration.Unreachable("It does not answer.");

        _now += TimeSpan.FromMinutes(1);

        Assert.True(IsDone(room));
    }

    [Fact]
    public void Wait_of_a_peer_that_stays_offline_ends()
    {
        var room = RoomOf(1);
        Assert.False(IsDone(room));

        _now += TimeSpan.FromMinutes(10);

        Assert.True(IsDone(room));
    }

    [Fact]
    public void What_was_heard_counts_for_a_room_that_is_read_again()
    {
        _catchUps.OnHeads(RoomOf(1), Other, [_scene[0].Log.Membership.Ordered[^1].Event.Id]);

        Assert.True(IsDone(RoomOf(1)));
    }

    private bool IsDone(RoomHost room)
    {
        var work = new RoomWork();
        _catchUps.Advance([room], work, _now);
        // It is saved with the same step.
        Assert.Equal(room.IsBehind, work.Batch.IsEmpty);
        return !room.IsBehind;
    }

    private (RoomEvent First, RoomEvent Last) SayTwice()
    {
        _scene.Say(1, "after the backup");
        _scene.Settle();
        _scene.Say(1, "and one more");
        _scene.Settle();
        var log = _scene[1].Log;
        return (log.Find(log.Order.First())!, log.Find(log.Order.Last())!);
    }

    private void Enter(params int[] members) => members.ToList().ForEach(_scene.Enter);

    private static RoomEventId Unknown(int number)
    {
        var bytes = new byte[32];
        BitConverter.TryWriteBytes(bytes, number);
        return new RoomEventId(bytes);
    }

    private RoomHost RoomOf(int member)
    {
        var events = _scene[member].Log.Membership.Ordered.Select(node => node.Event).ToList();
        var snapshot = new RoomSnapshot(_scene.Room, events, [], []);
        return new RoomHost(
            RoomKeys.IdOf(member),
            new StoredRoom(snapshot, Inviter: null, DateTimeOffset.UnixEpoch) { IsRestored = true },
            new RoomMachine(RoomKeys.Of(member), snapshot)
        );
    }
}

using P2PChat.Node.Rooms;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

public sealed class RoomQuotaTests
{
    private const int Bytes = 60_000;

    private static readonly RoomEvent Text = RoomForgery.Message(new RoomScene(members: 2), 1, new string('x', Bytes));

    [Fact]
    public void One_author_cannot_fill_a_room_for_others()
    {
        var room = new RoomSizes([]);
        var (flooder, other) = (RoomKeys.IdOf(1), RoomKeys.IdOf(2));
        while (RoomQuota.HasPlaceFor(room, flooder, Bytes))
        {
            room.Add(Text);
        }

        Assert.InRange(room.All, RoomQuota.RoomBytes / 4, RoomQuota.RoomBytes / 4 * 3);
        Assert.True(RoomQuota.HasPlaceFor(room, other, Bytes));
    }

    [Fact]
    public void Full_rooms_leave_others_their_share()
    {
        var (full, small) = (new RoomSizes([]), new RoomSizes([Text]));
        while (full.All < RoomQuota.AllBytes / 2)
        {
            full.Add(Text);
        }

        Assert.False(RoomQuota.HasPlace(RoomQuota.AllBytes, rooms: 9, full, Bytes));
        Assert.True(RoomQuota.HasPlace(RoomQuota.AllBytes, rooms: 9, small, Bytes));
        Assert.True(RoomQuota.HasPlace(RoomQuota.AllBytes / 2, rooms: 9, full, Bytes));
    }

    [Fact]
    public void Arriving_events_count_within_one_step()
    {
        var room = new RoomSizes([]);
        room.Arrive(Text);
        var arriving = room.All;
        room.EndStep();

        Assert.Equal(RoomQuota.SizeOf(Text), arriving);
        Assert.Equal((0, 0), (room.All, room.Of(RoomKeys.IdOf(1))));
    }
}

using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>The changes of members and names between the messages of a room.</summary>
public sealed class RoomNoticeTests
{
    private const int Owner = 0;

    [Fact]
    public void Changes_come_before_the_first_message_that_knows_them()
    {
        var room = new RoomScene(members: 3);
        room.Say(1, "before");
        room.Settle();
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
        room.Settle();
        room.Say(Owner, "after");
        room.Settle();
        Assert.Null(room[Owner].Rename("new name"));

        var notices = Notices(room);

        Assert.Equal(3, notices.Count);
        Assert.Equal(
            [RoomEventKind.Create, RoomEventKind.Join, RoomEventKind.Join],
            notices[0].Select(one => one.Kind)
        );
        Assert.Equal(
            [
                (RoomEventKind.Role, RoomKeys.IdOf(Owner), RoomKeys.IdOf(1), RoomRole.Moderator),
                (RoomEventKind.Remove, RoomKeys.IdOf(1), RoomKeys.IdOf(2), RoomRole.None),
            ],
            notices[1].Select(one => (one.Kind, one.Author, one.Subject!.Value, one.Role))
        );
        var rename = Assert.Single(notices[2]);
        Assert.Equal((RoomEventKind.Rename, "new name"), (rename.Kind, room[Owner].NameIn(rename.Event)));
    }

    [Fact]
    public void Part_of_a_room_does_not_repeat_what_came_before_it()
    {
        var room = new RoomScene(members: 2);
        for (var i = 0; i < 30; i++)
        {
            room.Say(1, $"message {i}");
        }

        room.Settle();
        var rows = room[Owner].Log.Order.ToList();

        Assert.All(room[Owner].NoticesAmong(rows[20..], isEnd: true), Assert.Empty);
        Assert.All(room[Owner].NoticesAmong(rows[..10], isEnd: false).Skip(1), Assert.Empty);
        Assert.Single(room[Owner].NoticesAmong([], isEnd: false));
    }

    [Fact]
    public void Declined_invitations_are_not_shown()
    {
        var room = new RoomScene(members: 2);
        Assert.Null(room[Owner].Invite(RoomKeys.IdOf(2)));
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));

        Assert.DoesNotContain(Notices(room).SelectMany(one => one), one => one.Kind == RoomEventKind.Remove);
    }

    private static IReadOnlyList<IReadOnlyList<RoomNotice>> Notices(RoomScene room) =>
        room[Owner].NoticesAmong([.. room[Owner].Log.Order], isEnd: true);
}

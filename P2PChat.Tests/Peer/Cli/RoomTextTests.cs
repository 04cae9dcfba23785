using P2PChat.Client;
using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class RoomTextTests
{
    private static readonly RoomPersonItem Bob = new("K7QX2MA" + new string('A', 45), "bob", Checked: false);
    private static readonly RoomMessageItem Message = new(
        new string('1', 64),
        new string('2', 64),
        "Plans",
        new("Z" + Bob.PeerId[1..], "ann", Checked: true),
        "at eight\e[2J\nor nine",
        DateTimeOffset.UnixEpoch,
        Yours: false
    );

    [Theory]
    [InlineData(MessageChange.Edit, "* bob? edited a message in #plans: at eight␛[2J or nine")]
    [InlineData(MessageChange.Delete, "* bob? deleted a message in #plans")]
    [InlineData(MessageChange.Reaction, "* bob? removed a reaction to \"at eight␛[2J or nine\" in #plans")]
    public void Change_by_another_member_is_one_safe_line(MessageChange change, string line)
    {
        var changed = new ApiEvent.RoomMessageChanged(Message)
        {
            Change = change,
            By = Bob,
            Notifies = true,
        };

        Assert.Equal(line, EventText.Show(changed));
        Assert.Equal(
            line.Replace(" in #plans", "", StringComparison.Ordinal),
            RoomText.Change(changed, showsRoom: false)
        );
        Assert.Null(EventText.Show(changed with { Notifies = false }));
        Assert.Null(RoomText.Change(changed with { ByYou = true }, showsRoom: true));
        Assert.Null(RoomText.Change(changed with { By = null }, showsRoom: true));
    }

    [Fact]
    public void Reaction_and_text_of_a_blocked_member_are_shown_safely()
    {
        var changed = new ApiEvent.RoomMessageChanged(
            Message with
            {
                Reactions = [new RoomReactionItem(Bob, "👍")],
                Collapsed = true,
            }
        )
        {
            Change = MessageChange.Reaction,
            By = Bob,
        };

        Assert.Equal("* bob? reacted with 👍 to \"(hidden: blocked)\"", RoomText.Change(changed, showsRoom: false));
    }

    [Fact]
    public void Invitation_names_the_room_to_join_by_its_id()
    {
        var room = new RoomItem(
            new string('b', 64),
            "Plans",
            RoomStanding.Invited,
            RoomRole.None,
            2,
            0,
            0,
            RoomNotify.All
        )
        {
            Change = new RoomChangeItem(RoomChangeKind.Invited, Bob, Bob, You: true),
        };

        Assert.StartsWith(
            "* bob? invites you to the room #plans ('room join #bbbbbbbb' shows",
            EventText.Show(new ApiEvent.RoomChanged(room)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void History_says_how_many_members_have_read_a_message()
    {
        RoomMessageItem[] messages =
        [
            Message with
            {
                Text = "hi",
                Yours = true,
                Readers = 2,
            },
            Message with
            {
                Text = "",
            },
        ];

        Assert.Equal(
            ["1970-01-01 00:00 ann: hi (read by 2)", "1970-01-01 00:00 ann: "],
            RoomText.History(messages, TimeZoneInfo.Utc)
        );
    }

    [Fact]
    public void Change_of_owner_or_picture_is_one_line()
    {
        var (ann, room) = (
            Message.From,
            new RoomItem(new string('b', 64), "Plans", RoomStanding.Joined, RoomRole.Owner, 2, 0, 0, RoomNotify.All)
        );

        Assert.Equal(
            "* ann handed #plans over to you",
            Show(new RoomChangeItem(RoomChangeKind.Role, Bob, ann, RoomRole.Owner, You: true))
        );
        Assert.Null(Show(new RoomChangeItem(RoomChangeKind.Role, ann, ann, RoomRole.Moderator)));
        Assert.Equal(
            "* ann made bob? moderator of #plans",
            Show(new RoomChangeItem(RoomChangeKind.Role, Bob, ann, RoomRole.Moderator))
        );
        var picture = new RoomChangeItem(RoomChangeKind.Picture, ann, ann);
        Assert.Equal("* ann removed the picture of #plans", Show(picture));
        room = room with { HasPicture = true };
        Assert.Equal("* ann changed the picture of #plans", Show(picture));

        string? Show(RoomChangeItem change) => EventText.Show(new ApiEvent.RoomChanged(room with { Change = change }));
    }

    [Theory]
    [InlineData("Hiking trip", "#hiking-trip")]
    // Whatever separates words, the rest of a line cannot come from the name of a room.
    [InlineData("team\u00a0bob:\u2003pay\u202fme", "#team-bob:-pay-me")]
    [InlineData("team\u2800bob:\u115f\u1160hi", "#team-bob:-hi")]
    public void Name_of_a_room_is_one_word(string name, string handle) => Assert.Equal(handle, RoomText.Handle(name));
}

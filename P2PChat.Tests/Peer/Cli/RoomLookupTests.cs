using P2PChat.Client;
using P2PChat.Peer.Cli;
using PeerException = P2PChat.Node.Model.PeerException;

namespace P2PChat.Tests.Peer.Cli;

public sealed class RoomLookupTests
{
    private static readonly RoomPersonItem Kim = new(new string('K', 52), "kim", Checked: true);

    [Fact]
    public void Only_one_sign_is_not_part_of_the_name()
    {
        RoomItem[] rooms = [Joined('a', "plans"), Joined('b', "#plans")];

        Assert.Equal(rooms[0], RoomLookup.Find(rooms, "#plans"));
        Assert.Equal(rooms[0], RoomLookup.Find(rooms, "plans"));
        Assert.Equal(rooms[1], RoomLookup.Find(rooms, "##plans"));
        Assert.StartsWith(
            "There is no room #plans. Did you mean '##plans'?",
            Assert.Throws<PeerException>(() => RoomLookup.Find(rooms[1..], "#plans")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Invitation_does_not_take_the_name_of_a_joined_room()
    {
        RoomItem[] rooms = [Invited('b', "Plans"), Joined('a', "plans"), Invited('c', "plans\u200b")];

        Assert.Equal(
            ["#plans-bbbbbbbb  invited by kim", "#plans  member, 2 members", "#plans\u200b-cccccccc  invited by kim"],
            RoomText.List(rooms)
        );
        Assert.Equal(rooms[1], RoomLookup.Find(rooms, "#plans"));
        Assert.Equal(rooms[0], RoomLookup.Find(rooms, "#plans-bbbbbbbb"));
        Assert.Equal(rooms[0], RoomLookup.Find(rooms, "#bbbbbbbb"));
        Assert.Equal(rooms[2], RoomLookup.Find(rooms, "#plans-cccccccc"));
        Assert.Equal(
            ["#plans-bbbbbbbb", "#plans", "#plans"],
            CommandText.Chats([], rooms, DateTimeOffset.UnixEpoch).Select(line => line.Split([' ', '\u200b'])[0])
        );
    }

    [Fact]
    public void Two_joined_rooms_of_one_name_are_both_listed_with_their_ids()
    {
        RoomItem[] rooms = [Joined('a', "plans"), Joined('b', "Plans")];

        var refusal = Assert.Throws<PeerException>(() => RoomLookup.Find(rooms, "#plans")).Message;

        Assert.Equal(
            "Several rooms are named #plans. Choose one: #plans-aaaaaaaa (member, 2 members); "
                + "#plans-bbbbbbbb (member, 2 members).",
            refusal
        );
        Assert.Equal(rooms[1], RoomLookup.Find(rooms, "#plans-bbbbbbbb"));
    }

    [Theory]
    [InlineData("plans", "plans\u200b")]
    [InlineData("plans", "ｐｌａｎｓ")]
    [InlineData("café", "cafe\u0301")]
    [InlineData("a hiking trip to the northern lakes", "a hiking trip to the northern lands")]
    public void Names_that_look_the_same_are_shown_with_their_ids(string one, string other)
    {
        var lines = RoomText.List([Joined('a', one), Joined('b', other)]).Select(line => line.Split(' ')[0]).ToList();

        Assert.EndsWith("-aaaaaaaa", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("-bbbbbbbb", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(line.Length, 10, 32));
    }

    [Theory]
    [InlineData("plans-aaaaaaaa", "#plans-aaaaaaaa-bbbbbbbb")]
    [InlineData("room bbbbbbbb", "#room-bbbbbbbb")]
    [InlineData("\u2800", "#-bbbbbbbb")]
    public void Name_does_not_imitate_another_with_its_id(string name, string shown) =>
        Assert.Equal($"{shown}  member, 2 members", Assert.Single(RoomText.List([Joined('b', name)])));

    private static RoomItem Joined(char id, string name) =>
        new(new string(id, 64), name, RoomStanding.Joined, RoomRole.Member, 2, 0, 0, RoomNotify.All);

    private static RoomItem Invited(char id, string name) =>
        Joined(id, name) with
        {
            Standing = RoomStanding.Invited,
            InvitedBy = Kim,
        };
}

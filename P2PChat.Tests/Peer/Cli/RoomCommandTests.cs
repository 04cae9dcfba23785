using P2PChat.Client;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The commands of rooms, and the calls of the API under them, between two peers.</summary>
public sealed class RoomCommandTests
{
    [Fact]
    public async Task Room_is_made_joined_used_and_left_by_commands()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        Assert.Equal("You are in no room. 'room new <name>' makes one.\n", await OutputAsync(alice, "rooms"));
        Assert.Equal(
            "You own the room #hiking-trip. Invite contacts with 'room invite'.\n",
            await OutputAsync(alice, "room new Hiking trip")
        );
        Assert.Equal(
            "bob is invited, and becomes a member by joining.\n",
            await OutputAsync(alice, "room invite #hiking-trip bob")
        );
        await ShowsAsync(bob, "rooms", "#hiking-trip  invited by alice\n");
        Assert.Equal("You are a member of #hiking-trip now.\n", await OutputAsync(bob, "room join #hiking-trip"));
        await ShowsAsync(alice, "rooms", "#hiking-trip  owner, 2 members\n");
        Assert.Equal("", await OutputAsync(bob, "send #hiking-trip hello @alice"));
        await ShowsAsync(alice, "rooms", "#hiking-trip  owner, 2 members, 1 unread\n");
        Assert.EndsWith(
            " bob: hello @alice\n",
            await OutputAsync(alice, "history #hiking-trip"),
            StringComparison.Ordinal
        );
        Assert.Equal("alice  owner\nbob  member  connected\n", await OutputAsync(alice, "room members #hiking-trip"));

        Assert.Equal(
            "bob is moderator of #hiking-trip now.\n",
            await OutputAsync(alice, "room role #hiking-trip bob moderator")
        );
        await ShowsAsync(bob, "room members #hiking-trip", "alice  owner  connected\nbob  moderator\n");
        Assert.Equal("The room has a new name.\n", await OutputAsync(bob, "room rename #hiking-trip Walks"));
        await ShowsAsync(alice, "rooms", "#walks  owner, 2 members, 1 unread\n");
        Assert.Equal(
            "bob is removed from #walks. What they sent before stays.\n",
            await OutputAsync(alice, "room remove #walks bob")
        );
        await ShowsAsync(bob, "rooms", "#walks  left\n");
        Assert.Equal(
            (1, "", "You are not a member of this room. Ask a moderator to invite you.\n"),
            await Ctl.RunAsync(bob, "send #walks again")
        );
        Assert.Equal(
            "#walks is deleted here. The others keep their copies.\n",
            await OutputAsync(bob, "room delete #walks")
        );
    }

    [Fact]
    public async Task Bad_rooms_are_refused_with_a_sentence()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var alice = peers.Alice;

        Assert.Equal(
            (1, "", "There is no room #none. List your rooms, and check the name.\n"),
            await Ctl.RunAsync(alice, "room members #none")
        );
        await OutputAsync(alice, "room new one");
        Assert.Equal(
            (1, "", "You own this room, so you cannot leave it. Give another member the role owner first.\n"),
            await Ctl.RunAsync(alice, "room leave #one")
        );
        var (_, _, stranger) = await Ctl.RunAsync(alice, "room invite #one carol");
        Assert.StartsWith("carol is not a contact. Ask carol to connect first", stranger, StringComparison.Ordinal);
        var (code, _, error) = await Ctl.RunAsync(alice, "room new a\u202eb");
        Assert.Equal((1, "That name is not valid. Use 1 to 64 printable characters on one line.\n"), (code, error));
    }

    [Fact]
    public async Task Api_reads_and_changes_messages_of_a_room()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        using var alice = new RemotePeer(peers.Alice.Http);
        var room = await alice.Rooms.CreateAsync(new RoomRequest("Notes", History: 10));
        var first = await alice.Rooms.SendAsync(room.Id, "first");
        var second = await alice.Rooms.SendAsync(room.Id, "second", first.Id);

        Assert.Equal("first", second.ReplyTo!.Text);
        Assert.Equal("edited", (await alice.Rooms.EditAsync(room.Id, first.Id, "edited")).Text);
        Assert.Equal("👍", (await alice.Rooms.ReactAsync(room.Id, first.Id, "👍")).Reactions![0].Emoji);
        Assert.Null((await alice.Rooms.ReactAsync(room.Id, first.Id, emoji: null)).Reactions);
        Assert.Equal(["second"], Texts(await alice.Rooms.GetMessagesAsync(room.Id, 1)));
        Assert.True((await alice.Rooms.GetMessagesAsync(room.Id, 1)).More);
        Assert.Equal(["second"], Texts(await alice.Rooms.GetMessagesAsync(room.Id, after: first.Id)));
        Assert.Equal(["edited"], Texts(await alice.Rooms.GetMessagesAsync(room.Id, before: second.Id)));
        await alice.Rooms.DeleteMessageAsync(room.Id, first.Id);
        Assert.True((await alice.Rooms.GetMessagesAsync(room.Id)).Messages[0].Deleted);
        await alice.Rooms.SetNotifyAsync(room.Id, RoomNotify.None);
        Assert.Equal(RoomNotify.None, (await alice.Rooms.GetAsync(room.Id)).Notify);
        var refusal = await Assert.ThrowsAsync<PeerApiException>(() => alice.Rooms.EditAsync(room.Id, "abc", "x"));
        Assert.EndsWith("unknown-message", refusal.Type, StringComparison.Ordinal);
        await alice.Rooms.DeleteAsync(room.Id);
        Assert.Empty((await alice.Rooms.ListAsync()).Rooms);
    }

    private static IEnumerable<string> Texts(RoomMessagesResponse page) => page.Messages.Select(one => one.Text);

    private static async Task<string> OutputAsync(TestPeer peer, string command)
    {
        var (code, output, error) = await Ctl.RunAsync(peer, command);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private static Task ShowsAsync(TestPeer peer, string command, string expected) =>
        Eventually.True(
            async () => (await Ctl.RunAsync(peer, command)).Output == expected,
            PeerUnderTest.Soon,
            $"'{command}' shows {expected}"
        );
}

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
        Assert.Equal("You have no rooms. 'room new <name>' creates one.\n", await OutputAsync(alice, "rooms"));
        Assert.Equal(
            "* you own the room #hiking-trip. Invite contacts with 'room invite'\n",
            await OutputAsync(alice, "room new Hiking trip")
        );
        Assert.Equal(
            "Invited bob, who becomes a member by joining.\n",
            await OutputAsync(alice, "room invite #hiking-trip bob")
        );
        await ShowsAsync(bob, "rooms", "#hiking-trip  invited by alice\n");
        Assert.Equal(
            "You joined #hiking-trip. All members, including later ones, can see your username and address.\n",
            await OutputAsync(bob, "room join #hiking-trip")
        );
        await ShowsAsync(alice, "rooms", "#hiking-trip  owner, 2 members\n");
        Assert.Equal("", await OutputAsync(bob, "send #hiking-trip hello @alice"));
        await ShowsAsync(alice, "rooms", "#hiking-trip  owner, 2 members, 1 unread, 1 mention\n");
        Assert.Equal("", await OutputAsync(alice, "send bob not now"));
        Assert.Equal(
            "bob\n#hiking-trip  owner, 2 members, 1 unread, 1 mention\n",
            (await OutputAsync(alice, "chats")).Replace(" \n", "\n", StringComparison.Ordinal)
        );
        Assert.Equal("", await OutputAsync(bob, "send #hiking-trip @all when?"));
        await ShowsAsync(alice, "chats", "#hiking-trip  owner, 2 members, 2 unread, 2 mentions\nbob\n");
        using var chats = System.Text.Json.JsonDocument.Parse(await OutputAsync(alice, "chats --json"));
        Assert.Equal("bob", chats.RootElement.GetProperty("conversations")[0].GetProperty("username").GetString());
        Assert.Equal(2, chats.RootElement.GetProperty("rooms")[0].GetProperty("mentions").GetInt32());
        Assert.EndsWith(
            " bob: @all when?\n",
            await OutputAsync(alice, "history #hiking-trip"),
            StringComparison.Ordinal
        );
        Assert.Equal("alice  owner\nbob  member  connected\n", await OutputAsync(alice, "room members #hiking-trip"));

        Assert.Equal(
            "bob is moderator of #hiking-trip now.\n",
            await OutputAsync(alice, "room role #hiking-trip bob moderator")
        );
        await ShowsAsync(bob, "room members #hiking-trip", "alice  owner  connected\nbob  moderator\n");
        Assert.Equal("The room is named #walks now.\n", await OutputAsync(bob, "room rename #hiking-trip Walks"));
        await PictureIsChangedAsync(alice, bob);
        // The history was read.
        await ShowsAsync(alice, "rooms", "#walks  owner, 2 members\n");
        Assert.Equal(
            "Removed bob from #walks. Their earlier messages stay.\n",
            await OutputAsync(alice, "room remove #walks bob")
        );
        await ShowsAsync(bob, "rooms", "#walks  removed by alice\n");
        Assert.Equal(
            (1, "", "You are not a member of this room. Ask a moderator to invite you.\n"),
            await Ctl.RunAsync(bob, "send #walks again")
        );
        Assert.Equal(
            (1, "", "Nothing was deleted. To delete #walks, use 'room delete --force #walks'.\n"),
            await Ctl.RunAsync(bob, "room delete #walks")
        );
        Assert.Equal(
            "Deleted #walks on this device. The others keep their copies.\n",
            await OutputAsync(bob, "room delete --force #walks")
        );
    }

    private static async Task PictureIsChangedAsync(TestPeer alice, TestPeer bob)
    {
        using var folder = new TempDirectory();
        var file = Path.Combine(folder.Path, "a picture.png");
        await File.WriteAllBytesAsync(file, TestPictures.RealPng);
        await ShowsAsync(alice, "rooms", "#walks  owner, 2 members\n");
        Assert.Equal(
            "#walks has a new picture, which all members see.\n",
            await OutputAsync(bob, $"room picture #walks {file}")
        );
        using var shown = new RemotePeer(alice.Http);
        var room = Assert.Single((await shown.Rooms.ListAsync()).Rooms).Id;
        await Eventually.True(
            async () =>
                await shown.Rooms.GetPictureAsync(room) is { Bytes: var bytes }
                && bytes.Span.SequenceEqual(TestPictures.RealPng),
            PeerUnderTest.Soon,
            "the picture has arrived"
        );
        Assert.Equal("#walks has no picture now.\n", await OutputAsync(bob, "room picture #walks --remove"));
        Assert.Equal(
            "#walks has no picture, so nothing was changed.\n",
            await OutputAsync(bob, "room picture #walks --remove")
        );
        var (code, _, error) = await Ctl.RunAsync(bob, $"room picture #walks {file}.missing");
        Assert.Equal((1, $"{file}.missing cannot be read. Choose a file that you can read.\n"), (code, error));
        Assert.Equal(2, (await Ctl.RunAsync(bob, "room picture #walks")).Item1);
    }

    [Fact]
    public async Task Room_is_joined_by_a_link_with_commands()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        _ = await OutputAsync(alice, "room new Hiking trip");
        Assert.Equal(
            "You have made no links to this room. 'room link' makes one.\n",
            await OutputAsync(alice, "room links #hiking-trip")
        );
        var made = (await OutputAsync(alice, "room link #hiking-trip --uses 2 --hours 1")).TrimEnd().Split('\n');
        Assert.Matches("^\\* link [A-Z2-7]{8} for 2 people, valid until ", made[0]);
        Assert.EndsWith("Somebody new to the directory needs an 'invite' first", made[1], StringComparison.Ordinal);
        var (id, link) = (made[0].Split(' ')[2], made[^1]);
        var (code, _, asked) = await Ctl.RunAsync(bob, $"connect {link}");
        Assert.Equal(1, code);
        Assert.StartsWith("This link to a room is from alice", asked, StringComparison.Ordinal);

        Assert.Equal(
            "* alice's peer is asked to let you in. 'rooms' shows the room\n",
            await OutputAsync(bob, $"connect {link} --yes")
        );
        await ShowsAsync(bob, "rooms", "#hiking-trip  member, 2 members\n");
        Assert.EndsWith(
            ", 1 of 2 left  used by: bob\n",
            await OutputAsync(alice, "room links #hiking-trip"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            (1, "", "You are already a member of Hiking trip. There is nothing to do.\n"),
            await Ctl.RunAsync(bob, $"connect {link} --yes")
        );
        Assert.Equal(
            "The link is revoked. Those who joined by it stay members.\n",
            await OutputAsync(alice, $"room unlink #hiking-trip {id.ToLowerInvariant()}")
        );
        Assert.Equal("The link was already revoked.\n", await OutputAsync(alice, $"room unlink #hiking-trip {id}"));
        Assert.Equal($"{id}  revoked  used by: bob\n", await OutputAsync(alice, "room links #hiking-trip"));
        var unknown = await Ctl.RunAsync(alice, "room unlink #hiking-trip AAAAAAAA");
        Assert.StartsWith("There is no link AAAAAAAA to this room.", unknown.Errors, StringComparison.Ordinal);
        Assert.Contains("'room links' shows all", unknown.Errors, StringComparison.Ordinal);
        Assert.Equal(
            (1, "", "Only moderators and the owner can make links to this room. Ask one of them for a link.\n"),
            await Ctl.RunAsync(bob, "room link #hiking-trip")
        );
        foreach (var wrong in new[] { "room link", "room link #hiking-trip --uses 0", "room link #a #b", "room links" })
        {
            Assert.Equal(2, (await Ctl.RunAsync(alice, wrong)).ExitCode);
        }
    }

    [Fact]
    public async Task Messages_of_removed_and_blocked_members_are_marked()
    {
        await using var scene = await MarkedRoom.StartAsync();

        var lines = (await OutputAsync(scene.Alice, "history #cake-on-friday")).TrimEnd().Split('\n');

        Assert.Equal(3, lines.Length);
        Assert.EndsWith($" dave?: {MarkedRoom.Late} (sent after removal)", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" ted: (hidden: blocked)", lines[1], StringComparison.Ordinal);
        Assert.EndsWith($" eve?: {MarkedRoom.Last}", lines[2], StringComparison.Ordinal);
        // The messages of blocked members are not counted, quoted or forwarded.
        Assert.Equal(
            $"* you reacted with 👍 to \"{MarkedRoom.Late}\"\n",
            await OutputAsync(scene.Alice, "react #cake-on-friday 2 👍")
        );
        var (code, output, error) = await Ctl.RunAsync(scene.Alice, "forward #cake-on-friday 2 #cake-on-friday");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("That message is hidden, because you have blocked its author.", error);
        Assert.DoesNotContain(MarkedRoom.Blocked, await OutputAsync(scene.Alice, "info #cake-on-friday 2"));
        Assert.Contains(
            "ted  member  blocked\n",
            await OutputAsync(scene.Alice, "room members #cake-on-friday"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Bad_rooms_are_refused_with_a_sentence()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var alice = peers.Alice;

        Assert.Equal(
            (1, "", "There is no room #none. List your rooms with 'rooms', and check the name.\n"),
            await Ctl.RunAsync(alice, "room members #none")
        );
        await OutputAsync(alice, "room new one");
        Assert.Equal(
            (1, "", "You own this room, and nobody else is in it, so you cannot leave it. Delete it instead.\n"),
            await Ctl.RunAsync(alice, "room leave #one")
        );
        await Ctl.FailsAsync(alice.Data, "room join #one", 1, "You are already a member of one.");
        await Ctl.FailsAsync(alice.Data, "room role #one alice member", 1, "That is you.");
        await Ctl.FailsAsync(alice.Data, "room remove #one alice", 1, "That is you.");
        await Ctl.FailsAsync(alice.Data, "room remove #one alice?", 1, "is checked. Type alice without");
        await Ctl.FailsAsync(alice.Data, "unsend #one 1", 1, "#one has no messages of yours.");
        await Ctl.FailsAsync(alice.Data, "reply #one 1 yes", 1, "#one has no messages from others.");
        await Ctl.FailsAsync(alice.Data, "delete --force #one all", 2, "'delete' deletes one message of a room");
        var (_, _, stranger) = await Ctl.RunAsync(alice, "room invite #one carol");
        Assert.StartsWith("carol is not a contact. Ask carol to connect first", stranger, StringComparison.Ordinal);
        var (code, _, error) = await Ctl.RunAsync(alice, "room new a\u202eb");
        Assert.Equal(1, code);
        Assert.StartsWith("That name is not valid. Use 1 to 64 printable characters", error, StringComparison.Ordinal);
        Assert.Equal(2, (await Ctl.RunAsync(alice, "room +1 #one")).ExitCode);
        Assert.Equal(2, (await Ctl.RunAsync(alice, "room role #one alice 3")).ExitCode);
        Assert.Equal(2, (await Ctl.RunAsync(alice, "room notify #one x")).ExitCode);
        Assert.Equal(2, (await Ctl.RunAsync(alice, "room leave #one --json")).ExitCode);
        Assert.Equal("Deleted #one on this device.\n", await OutputAsync(alice, "room delete --force #one"));
    }

    [Fact]
    public async Task Room_with_the_name_of_another_is_called_by_its_id_too()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        _ = await OutputAsync(alice, "room new Plans");

        var made = await OutputAsync(alice, "room new Plans");

        Assert.Matches("^\\* you own the room #plans-[0-9a-f]{8}\\. .* Other rooms have the same name: 'rooms'", made);
        var name = made.Split(' ')[5].TrimEnd('.');
        _ = await OutputAsync(alice, $"room invite {name} bob");
        await ShowsAsync(bob, "rooms", "#plans  invited by alice\n");
        Assert.Equal("* you declined the invitation to #plans\n", await OutputAsync(bob, "room leave #plans"));
    }

    [Fact]
    public async Task Moderator_is_told_what_only_the_owner_can_do()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        _ = await OutputAsync(alice, "room new Plans");
        _ = await OutputAsync(alice, "room invite #plans bob");
        await ShowsAsync(bob, "rooms", "#plans  invited by alice\n");
        await Ctl.FailsAsync(alice.Data, "room role #plans bob moderator", 1, "Wait until the person has joined");
        _ = await OutputAsync(bob, "room join #plans");
        await ShowsAsync(alice, "rooms", "#plans  owner, 2 members\n");
        await Ctl.FailsAsync(bob.Data, "room rename #plans x", 1, "Ask its owner or a moderator.");
        _ = await OutputAsync(alice, "room role #plans bob moderator");
        await ShowsAsync(bob, "rooms", "#plans  moderator, 2 members\n");

        await Ctl.FailsAsync(bob.Data, "room remove #plans alice", 1, "Only the owner of this room can do that.");
    }

    [Fact]
    public async Task Messages_of_a_room_are_replied_to_edited_and_deleted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        await OutputAsync(alice, "room new Plans");
        await OutputAsync(alice, "room invite #plans bob");
        await ShowsAsync(bob, "rooms", "#plans  invited by alice\n");
        await OutputAsync(bob, "room join #plans");
        await ShowsAsync(alice, "rooms", "#plans  owner, 2 members\n");
        await OutputAsync(alice, "send #plans at eight?");
        await ShowsAsync(bob, "rooms", "#plans  member, 2 members, 1 unread\n");

        Assert.Equal("* you replied to \"at eight?\"\n", await OutputAsync(bob, "reply #plans 1 yes"));
        const string None = "* you have no reaction to \"at eight?\", so nothing was changed\n";
        Assert.Equal(None, await OutputAsync(bob, "react #plans 1 -"));
        Assert.Equal("* you reacted with 👍 to \"at eight?\"\n", await OutputAsync(bob, "react #plans 1 👍"));
        Assert.Equal("* edited: at nine\n", await OutputAsync(bob, "edit #plans 1 at nine"));
        await ReadsAsync(alice, "history #plans", "at nine (edited)");
        var history = await OutputAsync(alice, "history #plans");
        Assert.Contains(" alice: at eight? [👍 bob]\n", history, StringComparison.Ordinal);
        Assert.Contains(" bob: [reply to alice: \"at eight?\"] at nine (edited)\n", history, StringComparison.Ordinal);
        var info = await OutputAsync(alice, "info #plans 1");
        Assert.StartsWith("bob: [reply to alice: \"at eight?\"] at nine (edited)\n  id         ", info);
        Assert.Matches("\n  earlier    .*  yes\n  edit       .*  by bob\n$", info);
        Assert.StartsWith("{\"message\":", await OutputAsync(alice, "info #plans 1 --json"), StringComparison.Ordinal);
        Assert.EndsWith("  by bob: 👍\n", await OutputAsync(bob, "info #plans 2"), StringComparison.Ordinal);
        await ForwardedAndMarkedAsync(alice, bob);
        Assert.Contains("deleted here", await OutputAsync(bob, "unsend #plans 1"), StringComparison.Ordinal);
        await ReadsAsync(alice, "history #plans", "bob: (deleted)");
        await ReadsAsync(alice, "room members #plans --json", "{\"members\":");
        await Ctl.FailsAsync(bob.Data, "unsend #plans 1", 1, "That message is deleted already");
        await Ctl.FailsAsync(bob.Data, "edit #plans 1 none left", 1, "That message is deleted already");
        Assert.Equal(2, (await Ctl.RunAsync(bob, "reply #plans 0 x")).ExitCode);
    }

    private static async Task ForwardedAndMarkedAsync(TestPeer alice, TestPeer bob)
    {
        await OutputAsync(alice, "history #plans");
        await ShowsAsync(alice, "rooms", "#plans  owner, 2 members\n");
        Assert.Equal("* #plans is unread again, from \"at nine\" on\n", await OutputAsync(alice, "mark-unread #plans"));
        Assert.Equal("#plans  owner, 2 members, 1 unread\n", await OutputAsync(alice, "rooms"));
        Assert.Equal("* you forwarded \"at nine\" to bob\n", await OutputAsync(alice, "forward #plans 1 bob"));
        await ReadsAsync(bob, "history alice", "alice: at nine");
        Assert.Equal("* you forwarded \"at nine\" to #plans\n", await OutputAsync(bob, "forward alice 1 #plans"));
        Assert.Equal("", await OutputAsync(bob, "send #plans at ten"));
        Assert.Equal("* you forwarded \"at ten\" to #plans\n", await OutputAsync(bob, "forward #plans 1 #plans"));
        Assert.Equal(
            "* the conversation with alice is unread again, from \"at nine\" on\n",
            await OutputAsync(bob, "mark-unread alice")
        );
        Assert.Contains("alice   1 unread\n", await OutputAsync(bob, "chats"), StringComparison.Ordinal);
        foreach (var text in (string[])["at ten", "at ten", "at nine"])
        {
            Assert.Equal(
                $"* \"{text}\" is deleted on this side. The other members keep their copies\n",
                await OutputAsync(bob, "delete #plans 1")
            );
        }

        var kept = (await OutputAsync(bob, "history #plans")).TrimEnd().Split('\n');
        Assert.Equal(2, kept.Length);
        Assert.Contains(" at nine (edited)", kept[1], StringComparison.Ordinal);
        await ReadsAsync(alice, "history #plans 2", "bob: at ten\n");
        await ReadsAsync(alice, "history #plans 3", "bob: at nine\n");
        Assert.Equal(2, (await Ctl.RunAsync(bob, "forward #plans 1")).ExitCode);
        Assert.Equal(2, (await Ctl.RunAsync(bob, "forward #plans 1 two words")).ExitCode);
        Assert.Equal(1, (await Ctl.RunAsync(bob, "mark-unread #plans 99")).ExitCode);
    }

    [Fact]
    public async Task Search_and_export_cover_rooms()
    {
        using var directory = new TempDirectory();
        await using var peers = await WebPeers.StartConnectedAsync();
        var alice = peers.Alice;
        await OutputAsync(alice, "room new Hiking trip");
        await OutputAsync(alice, "send #hiking-trip bring a map");
        await OutputAsync(alice, "send #hiking-trip and a compass");
        await OutputAsync(alice, "edit #hiking-trip 1 and a large compass");
        await OutputAsync(alice, "send bob I have a map");

        var found = (await OutputAsync(alice, "search map")).Split('\n');
        Assert.StartsWith("bob  ", found[0], StringComparison.Ordinal);
        Assert.Matches(@"^#hiking-trip  \S+ \S+ alice: bring a map  \[[0-9a-f]{8}\]$", found[1]);
        Assert.Equal("No messages found.\n", await OutputAsync(alice, "search lamp"));
        Assert.Contains("\"rooms\":{\"messages\":[{", await OutputAsync(alice, "search large --json"));
        var file = Path.Combine(directory.Path, "room.jsonl");
        Assert.Equal("", await OutputAsync(alice, $"export #hiking-trip {file}"));
        var lines = await File.ReadAllLinesAsync(file);
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"text\":\"bring a map\",\"sentAt\":", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"username\":\"alice\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"text\":\"and a large compass\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"editedAt\":", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, (await Ctl.RunAsync(alice, "export #hiking-trip")).ExitCode);
        var other = Path.Combine(directory.Path, "none.jsonl");
        Assert.Equal(
            (1, "", "There is no room #none. List your rooms with 'rooms', and check the name.\n"),
            await Ctl.RunAsync(alice, $"export #none {other}")
        );
        Assert.False(File.Exists(other));

        using var api = new RemotePeer(alice.Http);
        var page = await api.Rooms.SearchAsync("a", limit: 1);
        Assert.Equal("and a large compass", Assert.Single(page.Messages).Text);
        page = await api.Rooms.SearchAsync("a", before: page.Next);
        Assert.Equal(("bring a map", null), (Assert.Single(page.Messages).Text, page.Next));
        Assert.Single((await api.SearchAsync("map")).Rooms!.Messages);
        using var output = new MemoryStream();
        await api.Rooms.ExportAsync(page.Messages[0].Room, output);
        Assert.Equal(await File.ReadAllBytesAsync(file), output.ToArray());
        var bad = await Assert.ThrowsAsync<PeerApiException>(() => api.Rooms.ExportAsync("hiking-trip", output));
        Assert.EndsWith("unknown-room", bad.Type, StringComparison.Ordinal);
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
        var named = await Assert.ThrowsAsync<PeerApiException>(() => alice.Rooms.SendAsync("notes", "by name"));
        Assert.EndsWith("unknown-room", named.Type, StringComparison.Ordinal);
        var sent = await alice.Rooms.SendAsync(room.Id, "once", idempotencyKey: "k");
        Assert.Equal(sent.Id, (await alice.Rooms.SendAsync(room.Id, "once", idempotencyKey: "k")).Id);
        Assert.Equal("once", (await alice.Rooms.GetMessageAsync(room.Id, sent.Id)).Text);
        var none = new string('0', 64);
        var unknown = await Assert.ThrowsAsync<PeerApiException>(() =>
            alice.Rooms.GetMessagesAsync(room.Id, after: none)
        );
        Assert.EndsWith("unknown-message", unknown.Type, StringComparison.Ordinal);
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

    private static Task ReadsAsync(TestPeer peer, string command, string part) =>
        Eventually.True(
            async () => (await Ctl.RunAsync(peer, command)).Output.Contains(part, StringComparison.Ordinal),
            PeerUnderTest.Soon,
            $"'{command}' shows {part}"
        );

    private static Task ShowsAsync(TestPeer peer, string command, string expected) =>
        Eventually.True(
            async () => (await Ctl.RunAsync(peer, command)).Output == expected,
            PeerUnderTest.Soon,
            $"'{command}' shows {expected}"
        );
}

using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Rooms;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Node.Storage.Search;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>The search in rooms, and their export.</summary>
public sealed class RoomSearchTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Search_finds_the_present_texts_at_all_members()
    {
        await using var group = await RoomGroup.StartAsync(directory, "sue", "tim");
        var (sue, tim) = (group[0], group[1]);
        await group.OpenAsync("Travel plans");
        var early = await sue.RoomMessages.SendAsync("travel-plans", "the early Train");
        var late = await sue.RoomMessages.SendAsync("travel-plans", "the late train", early.Id);
        await group.AgreesAsync(2);
        _ = await tim.RoomMessages.ReactAsync("travel-plans", early.Id, "👍");
        await group.AgreesAsync(2);
        foreach (var peer in group.All)
        {
            // Memory is ahead of the store, in which the search looks.
            await FindsAsync(peer, "trai", "the late train", "the early Train");
            Assert.Equal("Travel plans", peer.RoomSearch.Search("late train", null, 10).Messages[0].Message.Room.Name);
            Assert.Empty(Found(peer, "trail"));
            // A reaction has a text for older peers.
            Assert.Empty(Found(peer, "reacted"));
        }

        _ = await sue.RoomMessages.EditAsync("travel-plans", early.Id, "the early bus");
        _ = await sue.RoomMessages.EditAsync("travel-plans", early.Id, "the early coach");
        foreach (var peer in group.All)
        {
            await FindsAsync(peer, "early", "the early coach");
            Assert.Equal(["the late train"], Found(peer, "train"));
            Assert.Empty(Found(peer, "bus"));
            Assert.Equal(["the early coach", "the late train"], Found(peer, "the"));
        }

        _ = await sue.RoomMessages.DeleteMessageAsync("travel-plans", early.Id);
        _ = await sue.RoomMessages.DeleteMessageAsync("travel-plans", late.Id);
        foreach (var peer in group.All)
        {
            await FindsAsync(peer, "the");
            // Nor does the index have the texts that were replaced.
            await Eventually.True(() => Indexed(peer, "the").Count == 0, PeerUnderTest.Soon, "the index is empty");
        }
    }

    [Fact]
    public async Task Search_comes_in_pages()
    {
        await using var group = await RoomGroup.StartAsync(directory, "uma");
        var uma = group[0];
        _ = await uma.Rooms.CreateAsync("one", history: 0);
        _ = await uma.Rooms.CreateAsync("two", history: 0);
        for (var number = 1; number <= 3; number++)
        {
            _ = await uma.RoomMessages.SendAsync("one", $"word {number}");
            _ = await uma.RoomMessages.SendAsync("two", $"word {number}");
        }

        // Its texts are all in the index, and only the last one is shown. One query does not read all of them.
        Assert.InRange(RoomSearchService.Batches[0], 1, 210);
        Assert.InRange(RoomSearchService.Batches.Length, 2, 5);
        var edited = await uma.RoomMessages.SendAsync("two", "first word");
        foreach (var number in Enumerable.Range(1, 210))
        {
            _ = await uma.RoomMessages.EditAsync("two", edited.Id, $"word of edit {number}");
        }

        List<string> all = [];
        for (long? next = null; ; )
        {
            var page = uma.RoomSearch.Search("word", next, 3);
            Assert.InRange(page.Messages.Count, 1, 3);
            all.AddRange(page.Messages.Select(found => $"{found.Message.Room.Name} {found.Message.Text}"));
            if (page.Next is null)
            {
                break;
            }

            next = page.Next;
        }

        Assert.Equal(
            [
                "two word of edit 210",
                "two word 3",
                "one word 3",
                "two word 2",
                "one word 2",
                "two word 1",
                "one word 1",
            ],
            all
        );
        await uma.Rooms.DeleteAsync("two");
        Assert.Equal(["word 3", "word 2", "word 1"], Found(uma, "word"));
        Assert.Equal(3, Indexed(uma, "word").Count);
    }

    [Fact]
    public void Message_is_computed_once_however_many_edits_are_found()
    {
        var room = new RoomScene(members: 1);
        room.Say(0, "word");
        room.Settle();
        var target = room[0].Log.Order.Single();
        room.Now += TimeSpan.FromHours(1);
        room.Say(0, "word of an edit", new RoomContent.Edit(target));
        // Members pass them on, but none counts.
        room.Now += TimeSpan.FromDays(3);
        for (var number = 0; number < 2000; number++)
        {
            room.Say(0, $"word of late edit {number}", new RoomContent.Edit(target));
        }

        room.Settle();
        var (log, rows) = (room[0].Log, new FoundRows());

        var found = log.Order.Select(id => rows.WithTextOf(room.Room, room[0].Timeline, id)).OfType<RoomRow>();

        Assert.Equal("word of an edit", Assert.Single(found).Text);
        Assert.Equal(2002, log.Order.Count());
        Assert.Equal(1, rows.Count);
    }

    [Fact]
    public async Task Search_that_is_canceled_ends()
    {
        await using var group = await RoomGroup.StartAsync(directory, "yan");
        var yan = group[0];
        _ = await yan.Rooms.CreateAsync("one", history: 0);
        _ = await yan.RoomMessages.SendAsync("one", "word");

        Assert.Throws<OperationCanceledException>(() =>
            yan.RoomSearch.Search("word", null, 10, new CancellationToken(canceled: true))
        );
    }

    [Fact]
    public async Task Search_leaves_out_blocked_members()
    {
        await using var group = await RoomGroup.StartAsync(directory, "vic", "wes");
        var (vic, wes) = (group[0], group[1]);
        await group.OpenAsync("loud");
        _ = await wes.RoomMessages.SendAsync("loud", "buy this");
        await group.AgreesAsync(1);
        await FindsAsync(vic, "buy", "buy this");

        await vic.Contacts.BlockAsync(wes.Name, CancellationToken.None);

        await FindsAsync(vic, "buy");
        vic.Contacts.Unblock(wes.Name);
        await FindsAsync(vic, "buy", "buy this");
    }

    [Fact]
    public async Task Export_has_each_message_once_in_the_order_of_the_room()
    {
        await using var group = await RoomGroup.StartAsync(directory, "xia");
        var xia = group[0];
        _ = await xia.Rooms.CreateAsync("long", history: 0);
        List<RoomEventId> sent = [];
        foreach (var number in Enumerable.Range(0, 450))
        {
            sent.Add((await xia.RoomMessages.SendAsync("long", $"{number}")).Id);
        }

        _ = await xia.RoomMessages.EditAsync("long", sent[1], "edited");
        _ = await xia.RoomMessages.DeleteMessageAsync("long", sent[2]);

        var exported = xia.RoomSearch.Export("long").ToList();

        Assert.Equal(sent, exported.Select(message => message.Id));
        Assert.Equal(("edited", true), (exported[1].Text, exported[1].EditedAt is not null));
        Assert.Equal(("", true), (exported[2].Text, exported[2].IsRemoved));
    }

    private static List<string> Found(PeerUnderTest peer, string words) =>
        [.. peer.RoomSearch.Search(words, before: null, 100).Messages.Select(found => found.Message.Text)];

    private static IReadOnlyList<FoundEvent> Indexed(PeerUnderTest peer, string words) =>
        peer.Services.GetRequiredService<PeerStore>().Rooms.Search(SearchQuery.Parse(words), before: null, 1000);

    private static Task FindsAsync(PeerUnderTest peer, string words, params string[] expected) =>
        Eventually.True(() => Found(peer, words).SequenceEqual(expected), PeerUnderTest.Soon, $"'{words}' is searched");
}

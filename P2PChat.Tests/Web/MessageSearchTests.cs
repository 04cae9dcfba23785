using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>The search of the page over conversations and rooms, without a browser.</summary>
public sealed class MessageSearchTests
{
    [Fact]
    public async Task Results_of_conversations_and_rooms_are_merged_by_time()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob.Status.Name);
        var room = (await alice.Rooms.CreateAsync("Garden", history: 0)).Id.ToString();
        var expected = new List<string>();
        foreach (var number in Enumerable.Range(0, 5))
        {
            expected.Add((await alice.Messages.SendAsync(bob, $"apple {number}")).Text);
            expected.Add((await alice.RoomMessages.SendAsync(room, $"apple in the room {number}")).Text);
        }

        var search = new MessageSearch("apple", alice.Messages, alice.RoomSearch, TimeProvider.System);
        for (var loads = 1; search.HasMore; loads++)
        {
            search.LoadMore(3);
            Assert.Equal(Math.Min(3 * loads, expected.Count), search.Found.Count);
        }

        Assert.Equal(expected.Order(), search.Found.Select(Finder.TextOf).Order());
        Assert.Equal(search.Found.OrderByDescending(found => found.SentAt), search.Found);
        var inRoom = search.Found.OfType<FoundText.InRoom>().First();
        Assert.Equal($"r/{room}?at={inRoom.Message.Id}&words=apple%20pie", Finder.HrefOf(inRoom, "apple pie"));
    }

    [Fact]
    public async Task Deleted_message_of_a_room_leaves_the_results()
    {
        await using var alice = await TestPeer.StartAsync("alice", "http://127.0.0.1:9");
        var room = (await alice.Rooms.CreateAsync("Garden", history: 0)).Id.ToString();
        var one = await alice.RoomMessages.SendAsync(room, "apple one");
        var two = await alice.RoomMessages.SendAsync(room, "apple two");
        var search = new MessageSearch("apple", alice.Messages, alice.RoomSearch, TimeProvider.System);
        search.LoadMore(10);

        var edited = await alice.RoomMessages.EditAsync(room, one.Id, "apple three");
        Assert.True(search.Apply(new PeerEvent.RoomMessageChanged(edited)));
        Assert.Equal(["apple two", "apple three"], search.Found.Select(Finder.TextOf));
        var deleted = await alice.RoomMessages.DeleteMessageAsync(room, two.Id);
        Assert.True(search.Apply(new PeerEvent.RoomMessageChanged(deleted)));
        Assert.Equal(["apple three"], search.Found.Select(Finder.TextOf));
        Assert.False(search.Apply(new PeerEvent.RoomReordered(one.Room)));
        Assert.True(search.Apply(new PeerEvent.RoomReordered(one.Room) { Deleted = one.Id }));
        Assert.Empty(search.Found);
        _ = await alice.RoomMessages.SendAsync(room, "apple four");
        search = new MessageSearch("apple", alice.Messages, alice.RoomSearch, TimeProvider.System);
        search.LoadMore(10);
        Assert.True(search.Apply(new PeerEvent.RoomDeleted(one.Room)));
        Assert.Empty(search.Found);
    }
}

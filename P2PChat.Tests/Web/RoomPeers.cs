using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Web;

/// <summary>Three peers that are contacts of each other, for tests of rooms.</summary>
internal sealed class RoomPeers : IAsyncDisposable
{
    public const string Name = "Cake on Friday";

    private readonly WebPeers _peers;

    private RoomPeers(WebPeers peers, TestPeer carol) => (_peers, Carol) = (peers, carol);

    public TestPeer Alice => _peers.Alice;

    public TestPeer Bob => _peers.Bob;

    public TestPeer Carol { get; }

    /// <summary>The id of the room.</summary>
    public string Room { get; private set; } = "";

    public static async Task<RoomPeers> StartAsync()
    {
        var peers = await WebPeers.StartConnectedAsync();
        var carol = await TestPeer.StartAsync("carol", peers.Directory.Address);
        await carol.RegisteredAsync();
        await ApiCalls.ConnectAsync(peers.Alice, "alice", carol, "carol");
        await ApiCalls.ConnectAsync(peers.Bob, "bob", carol, "carol");
        return new RoomPeers(peers, carol);
    }

    /// <summary>Starts three peers with a room that Alice owns and all have joined.</summary>
    public static async Task<RoomPeers> StartInRoomAsync()
    {
        var peers = await StartAsync();
        peers.Room = (await peers.Alice.Rooms.CreateAsync(Name, history: 0)).Id.ToString();
        foreach (var peer in new[] { peers.Bob, peers.Carol })
        {
            await peers.InviteAsync(peer);
            await peer.Rooms.JoinAsync(peers.Room);
        }

        await peers.EventuallyAsync(peer => peer.Rooms.Find(peers.Room).Members == 3);
        return peers;
    }

    /// <summary>Alice invites somebody, who learns of it.</summary>
    public async Task InviteAsync(TestPeer peer)
    {
        await Alice.Rooms.InviteAsync(Room, peer.Status.Name);
        await Eventually.True(
            () => peer.Rooms.All.Any(room => room.Standing == RoomStanding.Invited),
            PeerUnderTest.Soon,
            "the invitation has arrived"
        );
    }

    /// <summary>Sends a message and waits until all three have it.</summary>
    public async Task<RoomMessageView> SayAsync(TestPeer peer, string text, RoomMessageView? to = null)
    {
        var sent = await peer.RoomMessages.SendAsync(Room, text, to?.Id);
        await EventuallyAsync(one =>
            one.RoomMessages.Page(Room, null, null, 100).Messages.Any(message => message.Id == sent.Id)
        );
        return sent;
    }

    public async Task EventuallyAsync(Func<TestPeer, bool> isTrue) =>
        await Eventually.True(
            () => new[] { Alice, Bob, Carol }.All(isTrue),
            PeerUnderTest.Soon,
            "all three members see it"
        );

    public async ValueTask DisposeAsync()
    {
        await Carol.DisposeAsync();
        await _peers.DisposeAsync();
    }
}

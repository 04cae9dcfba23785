using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Web;

/// <summary>A directory and two registered peers, for one test.</summary>
internal sealed class WebPeers : IAsyncDisposable
{
    private TestPeer[] _peers = [];

    public RestartableDirectory Directory { get; } = new() { Settings = ["Directory:RenewEvery=00:00:01"] };

    public TestPeer Alice => _peers[0];

    public TestPeer Bob => _peers[1];

    public static async Task<WebPeers> StartAsync(params (string Key, string Value)[] settings)
    {
        var peers = new WebPeers();
        await peers.Directory.StartAsync();
        peers._peers = await Task.WhenAll(
            ((string[])["alice", "bob"]).Select(name =>
                Task.Run(() => TestPeer.StartAsync(name, peers.Directory.Address, null, settings))
            )
        );
        await Task.WhenAll(peers._peers.Select(peer => peer.RegisteredAsync()));
        return peers;
    }

    public static async Task<WebPeers> StartConnectedAsync(params (string Key, string Value)[] settings)
    {
        var peers = await StartAsync(settings);
        await ApiCalls.ConnectAsync(peers.Alice, "alice", peers.Bob, "bob");
        return peers;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_peers.Select(peer => peer.DisposeAsync().AsTask()));
        await Directory.DisposeAsync();
    }
}

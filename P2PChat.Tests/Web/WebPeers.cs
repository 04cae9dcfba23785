using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Web;

/// <summary>A directory and two peers on it, of a test's own.</summary>
internal sealed class WebPeers : IAsyncDisposable
{
    private TestPeer[] _peers = [];

    public RestartableDirectory Directory { get; } = new() { Settings = ["Directory:RenewEvery=00:00:01"] };

    public TestPeer Alice => _peers[0];

    public TestPeer Bob => _peers[1];

    public static async Task<WebPeers> StartAsync(params (string Key, string Value)[] settings)
    {
        var all = new WebPeers();
        await all.Directory.StartAsync();
        all._peers = await Task.WhenAll(
            ((string[])["alice", "bob"]).Select(name =>
                Task.Run(() => TestPeer.StartAsync(name, all.Directory.Address, null, settings))
            )
        );
        await Task.WhenAll(all._peers.Select(peer => peer.RegisteredAsync()));
        return all;
    }

    public static async Task<WebPeers> StartConnectedAsync(params (string Key, string Value)[] settings)
    {
        var all = await StartAsync(settings);
        await ApiCalls.ConnectAsync(all.Alice, "alice", all.Bob, "bob");
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_peers.Select(peer => peer.DisposeAsync().AsTask()));
        await Directory.DisposeAsync();
    }
}

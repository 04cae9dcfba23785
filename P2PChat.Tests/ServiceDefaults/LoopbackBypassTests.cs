using System.Net;
using System.Net.Sockets;
using P2PChat.AppHost;
using P2PChat.ServiceDefaults.Http;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class LoopbackBypassTests
{
    [Theory]
    [InlineData("http://localhost:5000/", true)]
    [InlineData("http://LOCALHOST./", true)]
    [InlineData("http://alice.localhost:1/", true)]
    [InlineData("http://127.0.0.1/", true)]
    [InlineData("https://127.8.9.10:5000/", true)]
    [InlineData("http://[::1]:5000/", true)]
    [InlineData("http://[::ffff:127.0.0.1]/", true)]
    [InlineData("http://0.0.0.0:5000/", true)]
    [InlineData("http://directory.example.org/", false)]
    [InlineData("http://localhost.example.org/", false)]
    [InlineData("http://192.0.2.1/", false)]
    [InlineData("http://[2001:db8::1]/", false)]
    public void Only_loopback_bypasses_the_proxy(string destination, bool isDirect)
    {
        var proxy = new LoopbackBypass(new WebProxy("http://192.0.2.80:3128"));
        Assert.Equal(isDirect, proxy.IsBypassed(new Uri(destination)));
        Assert.Equal(isDirect, proxy.GetProxy(new Uri(destination)) is null);
    }

    [Fact]
    public async Task Directory_on_loopback_bypasses_the_proxy()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:JoinToken=secret"] };
        await directory.StartAsync();
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var port = new Uri(directory.Address).Port;

        await Task.WhenAll(
            RegistersAsync("alice", $"http://127.0.0.1:{port}", proxy),
            RegistersAsync("bob", $"http://localhost:{port}", proxy),
            // An orchestrator sets it like this.
            RegistersAsync("carol", "http://discovery", proxy, ("services__discovery__http__0", directory.Address))
        );

        Assert.False(proxy.Pending(), "The proxy was called.");
    }

    [Theory]
    [InlineData("", "localhost,127.0.0.1,::1,[::1]")]
    [InlineData(",", "localhost,127.0.0.1,::1,[::1]")]
    [InlineData("example.org, localhost", "example.org,localhost,127.0.0.1,::1,[::1]")]
    public void AppHost_adds_loopback_to_NO_PROXY(string before, string after) =>
        Assert.Equal(after, LoopbackWithoutProxy.With(before));

    private static async Task RegistersAsync(
        string name,
        string discovery,
        TcpListener proxy,
        params (string Key, string Value)[] settings
    )
    {
        var proxyUrl = $"http://{proxy.LocalEndpoint}";
        var environment = new Dictionary<string, string>
        {
            ["HTTP_PROXY"] = proxyUrl,
            ["HTTPS_PROXY"] = proxyUrl,
            ["ALL_PROXY"] = proxyUrl,
            ["NO_PROXY"] = "",
            ["Peer__JoinToken"] = "secret",
        };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        using var data = new TempDirectory();
        await using var peer = PeerProgram.Start([name, "--discovery", discovery, "--data", data.Path], environment);
        await peer.PrintsAsync("registered in the directory");
    }
}

using Microsoft.AspNetCore.Builder;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Hosting;

/// <summary>In which order a peer starts.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task The_store_is_opened_while_the_web_host_is_put_together()
    {
        using var data = new TempDirectory();
        var options = new PeerOptions
        {
            Username = "alice",
            Discovery = "http://127.0.0.1:1",
            Data = data.Path,
        };
        await using var app = PeerApp.Build(
            PeerApp.CreateBuilder(new Dictionary<string, string?>()),
            options,
            StreamsKind.Terminal
        );

        await Eventually.True(
            () => File.Exists(Path.Combine(data.Path, "peer.db")),
            PeerUnderTest.Soon,
            "there is a store, though nothing has been started"
        );
    }

    [Fact]
    public async Task A_peer_that_is_gone_before_it_started_leaves_nobody_at_its_data()
    {
        for (var round = 0; round < 10; round++)
        {
            using var data = new TempDirectory();
            var options = new PeerOptions
            {
                Username = "alice",
                Discovery = "http://127.0.0.1:1",
                Data = data.Path,
            };
            await using (
                PeerApp.Build(PeerApp.CreateBuilder(new Dictionary<string, string?>()), options, StreamsKind.Terminal)
            )
            {
                await Eventually.True(
                    () => File.Exists(Path.Combine(data.Path, "identity.pem")),
                    PeerUnderTest.Soon,
                    "it has begun"
                );
            }

            Directory.Delete(data.Path, recursive: true);
            Directory.CreateDirectory(data.Path);
        }
    }

    [Fact]
    public async Task Endpoints_are_made_at_the_first_request_and_not_at_the_start()
    {
        var options = new PeerOptions
        {
            Username = "alice",
            Discovery = "http://127.0.0.1:1",
            Ephemeral = true,
        };
        using var data = new TempDirectory();
        options.Data = data.Path;
        await using var app = PeerApp.Build(
            PeerApp.CreateBuilder(new Dictionary<string, string?>()),
            options,
            StreamsKind.Terminal
        );
        var made = false;
        app.MapGet("/api/one-more", () => "").Add(_ => made = true);

        await app.StartAsync();
        var madeAtStart = made;
        using var http = new HttpClient();
        _ = await http.GetStringAsync(new Uri(new Uri(app.Urls.First()), "/alive"));
        await app.StopAsync();

        Assert.False(madeAtStart);
        Assert.True(made);
    }

    [Fact]
    public async Task A_peer_that_is_ended_while_it_starts_has_not_failed()
    {
        using var data = new TempDirectory();
        var options = new PeerOptions
        {
            Username = "alice",
            Discovery = "http://127.0.0.1:1",
            Data = data.Path,
        };
        var app = PeerApp.Build(PeerApp.CreateBuilder(new Dictionary<string, string?>()), options, StreamsKind.None);

        app.Lifetime.StopApplication();

        Assert.Equal(ExitCodes.Success, await app.RunAsync(options, StreamsKind.None).WaitAsync(PeerUnderTest.Soon));
    }
}

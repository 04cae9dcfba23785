using Microsoft.AspNetCore.Builder;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Hosting;

/// <summary>The order in which a peer starts.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Store_is_opened_while_the_web_host_is_built()
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
            "the store exists before the application is started"
        );
    }

    [Fact]
    public async Task Peer_disposed_before_its_start_releases_its_data_directory()
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
                    "the warm-up has begun"
                );
            }

            Directory.Delete(data.Path, recursive: true);
            Directory.CreateDirectory(data.Path);
        }
    }

    [Fact]
    public async Task Endpoints_are_created_at_the_first_request()
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
        var isCreated = false;
        app.MapGet("/api/one-more", () => "").Add(_ => isCreated = true);

        await app.StartAsync();
        var wasCreatedAtStart = isCreated;
        using var http = new HttpClient();
        _ = await http.GetStringAsync(new Uri(new Uri(app.Urls.First()), "/alive"));
        await app.StopAsync();

        Assert.False(wasCreatedAtStart);
        Assert.True(isCreated);
    }

    [Fact]
    public async Task Peer_stopped_while_it_starts_exits_with_success()
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

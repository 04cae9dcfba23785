using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node;

/// <summary>A peer in this process, built as the program builds it, with its API on a loopback port.</summary>
internal sealed class TestPeer : HostedPeer, IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo? _ownData;

    private TestPeer(WebApplication app, string data, DirectoryInfo? ownData)
    {
        _app = app;
        _ownData = ownData;
        Data = data;
        Address = new Uri(app.Services.GetRequiredService<ApiFiles>().Address!);
        Http = NewClient();
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            File.ReadAllText(Path.Combine(data, "api-token"))
        );
    }

    public override IServiceProvider Services => _app.Services;

    public string Data { get; }

    public Uri Address { get; }

    /// <summary>A client that sends the API token.</summary>
    public HttpClient Http { get; }

    public LocalChanges LocalChanges => Get<LocalChanges>();

    /// <param name="data">An existing directory, which outlives the peer; null to create one.</param>
    /// <param name="settings">Settings as on the command line: <c>("Accept", "all")</c>.</param>
    public static async Task<TestPeer> StartAsync(
        string name,
        string directoryUrl,
        string? data = null,
        params (string Key, string Value)[] settings
    )
    {
        var ownData = data is null ? Directory.CreateTempSubdirectory("p2pchat-peer-") : null;
        data ??= ownData!.FullName;
        var all = new Dictionary<string, string?>
        {
            ["Peer:Username"] = name,
            ["Peer:Discovery"] = directoryUrl,
            ["Peer:Data"] = data,
            ["Peer:Api"] = "0",
        };
        foreach (var (key, value) in settings)
        {
            all[$"Peer:{key}"] = value;
        }

        var builder = PeerApp.CreateBuilder(all);
        Assert.Null(PeerSettings.Read(builder.Configuration, out var options));
        var app = PeerApp.Build(builder, options, StreamsKind.Terminal);
        await app.StartAsync();
        return new TestPeer(app, data, ownData);
    }

    /// <summary>Creates a client without the API token.</summary>
    public HttpClient NewClient() => new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };

    public Task RegisteredAsync() =>
        Eventually.True(
            () => Status.Directory == DirectoryState.Registered,
            PeerUnderTest.Soon,
            "the peer is registered"
        );

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _ownData?.Delete(recursive: true);
    }
}

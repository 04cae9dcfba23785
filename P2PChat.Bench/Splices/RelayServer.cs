using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Hosting;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;

namespace P2PChat.Bench.Splices;

/// <summary>A directory in this process whose relay has no limits, and sessions for it.</summary>
internal sealed class RelayServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RelayServer(WebApplication app)
    {
        _app = app;
        Endpoint = IPEndPoint.Parse(new Uri(app.Urls.First()).Authority);
    }

    public IPEndPoint Endpoint { get; }

    public static async Task<RelayServer> StartAsync()
    {
        var app = DiscoveryApp.Build([
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=Warning",
            "--Directory:RateLimits:Enabled=false",
            "--Directory:Relay:BytesPerSession=0",
            "--Directory:Relay:BytesPerSecond=0",
            "--Directory:Relay:Idle=01:00:00",
            "--Directory:Relay:SessionsPerAddress=1000000",
            "--Directory:Relay:SessionsInTotal=1000000",
            "--Directory:Paths:SessionsPerAddress=1000000",
            "--Directory:Paths:SessionsInTotal=1000000",
        ]);
        await app.StartAsync();
        return new RelayServer(app);
    }

    /// <summary>Starts a session.</summary>
    /// <returns>Its id and the tokens of both sides, separated by spaces.</returns>
    public string NewSession()
    {
        var name = Username.Parse("peer");
        var (session, caller, callee) = _app
            .Services.GetRequiredService<PathSessionTable>()
            .Start(
                new PathParty(name, Guid.NewGuid().ToString(), ObservedAddress: null),
                new PathParty(name, Guid.NewGuid().ToString(), ObservedAddress: null),
                "127.0.0.1",
                new SignedPath(default, default, default)
            );
        return $"{session.Id} {caller} {callee}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

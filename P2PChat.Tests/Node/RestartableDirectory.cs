using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node;

/// <summary>The directory service as the program runs it; it keeps its port across restarts.</summary>
public sealed class RestartableDirectory : IAsyncLifetime, IAsyncDisposable
{
    private readonly int _port = LoopbackPort.Next();
    private WebApplication? _app;

    /// <summary>Settings as on the command line: <c>Directory:Lease=00:00:01</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>The factory of this directory's meters, while it runs.</summary>
    public IMeterFactory Meters => _app!.Services.GetRequiredService<IMeterFactory>();

    public async Task StartAsync()
    {
        string[] defaults =
        [
            "urls=" + Address,
            "Logging:Console:LogLevel:Default=None",
            "Directory:RateLimits:Enabled=false",
        ];
        _app = DiscoveryApp.Build([.. defaults.Concat(Settings).Select(setting => "--" + setting)]);
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is null)
        {
            return;
        }

        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    public Task InitializeAsync() => StartAsync();

    Task IAsyncLifetime.DisposeAsync() => StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();
}

using Microsoft.AspNetCore.Builder;
using P2PChat.Discovery.Hosting;

namespace P2PChat.Tests.Node;

/// <summary>An in-memory directory service on a loopback port.</summary>
internal sealed class TestDirectory : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestDirectory(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<TestDirectory> StartAsync(params string[] settings)
    {
        var app = DiscoveryApp.Build(["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None", .. settings]);
        await app.StartAsync();
        return new TestDirectory(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

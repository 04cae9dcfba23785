using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using P2PChat.Discovery.Hosting;

namespace P2PChat.Bench.Processes;

/// <summary>The directory with one additional endpoint: <c>/empty</c>, which does nothing.</summary>
internal sealed class DirectoryChild : IChild
{
    private readonly WebApplication _app;

    private DirectoryChild(WebApplication app) => _app = app;

    public string Ready => new Uri(_app.Urls.First()).Authority;

    public static async Task<DirectoryChild> StartAsync(string[] settings)
    {
        var app = DiscoveryApp.Build(settings);
        app.MapGet("/empty", () => Results.Text("{}", "application/json"));
        await app.StartAsync();
        return new DirectoryChild(app);
    }

    public Task<string> AnswerAsync(string line) => Task.FromResult("");

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

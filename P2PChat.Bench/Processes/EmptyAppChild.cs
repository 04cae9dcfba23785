using Microsoft.AspNetCore.Builder;

namespace P2PChat.Bench.Processes;

/// <summary>A minimal ASP.NET Core app.</summary>
internal sealed class EmptyAppChild : IChild
{
    private readonly WebApplication _app;

    private EmptyAppChild(WebApplication app) => _app = app;

    public string Ready => _app.Urls.First();

    public static async Task<EmptyAppChild> StartAsync(string[] arguments)
    {
        var app = WebApplication.CreateBuilder(arguments).Build();
        app.MapGet("/", () => "");
        await app.StartAsync();
        return new EmptyAppChild(app);
    }

    public Task<string> AnswerAsync(string line) => Task.FromResult("");

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

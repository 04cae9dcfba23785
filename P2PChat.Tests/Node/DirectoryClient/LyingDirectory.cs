using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A directory that accepts every registration, and answers lookups as the test says.</summary>
internal sealed class LyingDirectory : IAsyncDisposable
{
    public static readonly byte[] Id = [.. Enumerable.Range(1, SignedRecord.DirectoryIdSize).Select(i => (byte)i)];

    private readonly WebApplication _app;

    private LyingDirectory(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public PeerDetails? Answer { get; set; }

    public static async Task<LyingDirectory> StartAsync()
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var directory = new LyingDirectory(app);
        app.MapGet("/directory", () =>
            Results.Json(
                new DirectoryInfo(Convert.ToHexStringLower(Id), "lying", new DirectoryLimits(8192, 100, 30, 30, 300)),
                DirectoryJson.Default.DirectoryInfo
            )
        );
        app.MapPut("/peers/{name}", (string name) =>
            Results.Json(
                new RegistrationResponse(name, "", "token", DateTimeOffset.UtcNow.AddMinutes(1), 60),
                DirectoryJson.Default.RegistrationResponse
            )
        );
        app.MapDelete("/peers/{name}", () => Results.NoContent());
        app.MapGet("/peers/{name}", () =>
            directory.Answer is { } answer
                ? Results.Json(answer, DirectoryJson.Default.PeerDetails)
                : Results.NotFound()
        );
        await app.StartAsync();
        return directory;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

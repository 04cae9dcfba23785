using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace P2PChat.Bench.Processes;

/// <summary>A minimal server of files: PUT writes one to a folder and flushes it, GET sends it.</summary>
internal sealed class BareFilesChild : IChild
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private BareFilesChild(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public string Ready => _app.Urls.First();

    public static async Task<BareFilesChild> StartAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        _ = builder.Logging.ClearProviders();
        var app = builder.Build();
        var child = new BareFilesChild(app, folder);
        app.MapPut("/{name}", child.PutAsync);
        app.MapGet("/{name}", (string name) => Results.File(child.PathOf(name)));
        await app.StartAsync();
        return child;
    }

    public Task<string> AnswerAsync(string line) => Task.FromResult("");

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private string PathOf(string name) => Path.Combine(_folder, Path.GetFileName(name));

    private async Task PutAsync(HttpContext context, string name)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        await using var file = new FileStream(PathOf(name), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        await context.Request.Body.CopyToAsync(file, context.RequestAborted);
        file.Flush(flushToDisk: true);
    }
}

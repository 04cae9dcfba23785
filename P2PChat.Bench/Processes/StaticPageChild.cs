using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;

namespace P2PChat.Bench.Processes;

/// <summary>
/// Serves the files of a folder, and a socket at <c>/socket</c>: <c>open NAME</c> is answered with the file NAME.html,
/// and any other message goes to everyone else.
/// </summary>
internal sealed class StaticPageChild : IChild
{
    private const string Open = "open ";
    private const int MaxMessageBytes = 4096;

    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly ConcurrentDictionary<WebSocket, bool> _sockets = new();

    private StaticPageChild(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public string Ready => _app.Urls.First();

    public static async Task<StaticPageChild> StartAsync(string folder)
    {
        var app = WebApplication
            .CreateBuilder(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default=None"])
            .Build();
        var child = new StaticPageChild(app, folder);
        app.UseWebSockets();
        app.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(folder),
                OnPrepareResponse = file =>
                    file.Context.Response.Headers.CacheControl = file.File.Name.EndsWith(
                        ".html",
                        StringComparison.Ordinal
                    )
                        ? "no-store"
                        : "max-age=31536000, immutable",
            }
        );
        app.MapGet("/socket", child.TalkAsync);
        await app.StartAsync();
        return child;
    }

    public Task<string> AnswerAsync(string line) => Task.FromResult("");

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets.Keys)
        {
            socket.Abort();
        }

        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task TalkAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        _sockets[socket] = true;
        try
        {
            var buffer = new byte[MaxMessageBytes];
            while (
                await socket.ReceiveAsync(buffer, context.RequestAborted)
                    is { MessageType: not WebSocketMessageType.Close } read
            )
            {
                var message = System.Text.Encoding.UTF8.GetString(buffer, 0, read.Count);
                if (message.StartsWith(Open, StringComparison.Ordinal))
                {
                    var file = Path.Combine(_folder, $"{Path.GetFileName(message[Open.Length..])}.html");
                    await SendAsync(socket, await File.ReadAllBytesAsync(file, context.RequestAborted));
                    continue;
                }

                foreach (var other in _sockets.Keys.Where(other => other != socket))
                {
                    await SendAsync(other, buffer.AsMemory(0, read.Count));
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The page has left.
        }
        finally
        {
            _ = _sockets.TryRemove(socket, out _);
        }
    }

    private static ValueTask SendAsync(WebSocket socket, ReadOnlyMemory<byte> message) =>
        socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
}

using System.Globalization;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace P2PChat.Tests.ServiceDefaults;

/// <summary>
/// A real server on loopback that gives one scripted response per request, and is silent without one.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<(HttpStatusCode Status, TimeSpan? RetryAfter)> _answers = Channel.CreateUnbounded<(
        HttpStatusCode,
        TimeSpan?
    )>();

    private readonly List<string> _requests = [];
    private int _waiting;

    private ScriptedServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Received requests, as <c>PUT /path body</c>.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>
    /// Number of requests without a response, including cancelled ones until the server notices.
    /// </summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new ScriptedServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public ScriptedServer Then(HttpStatusCode status, TimeSpan? retryAfter = null)
    {
        Assert.True(_answers.Writer.TryWrite((status, retryAfter)));
        return this;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = $"{context.Request.Method} {context.Request.Path} {await reader.ReadToEndAsync()}".TrimEnd();
        // Counted first, because a test that sees the request may read the count at once.
        _ = Interlocked.Increment(ref _waiting);
        lock (_requests)
        {
            _requests.Add(request);
        }

        (HttpStatusCode Status, TimeSpan? RetryAfter) answer;
        try
        {
            answer = await _answers.Reader.ReadAsync(context.RequestAborted);
        }
        finally
        {
            _ = Interlocked.Decrement(ref _waiting);
        }

        context.Response.StatusCode = (int)answer.Status;
        if (answer.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }
    }
}

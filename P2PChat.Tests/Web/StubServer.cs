using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace P2PChat.Tests.Web;

/// <summary>A web server on loopback with a given answer to every request.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StubServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<StubServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new StubServer(app);
    }

    /// <summary>A page that attacks a peer whose user is signed in, by every means that a page has.</summary>
    public static RequestDelegate Attacking(Uri peer) =>
        context =>
        {
            if (context.Request.Path == "/attack.js")
            {
                context.Response.ContentType = "text/javascript";
                return context.Response.WriteAsync(
                    Script.Replace("PEER", peer.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal)
                );
            }

            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync(
                "<!doctype html><title>elsewhere</title><script src='/attack.js'></script>"
            );
        };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private const string Script = """
        window.results = [];
        const report = (attack, succeeded) => window.results.push(`${attack}: ${succeeded ? 'succeeded' : 'refused'}`);
        const once = (target, ...events) => new Promise(resolve =>
          events.forEach(name => target.addEventListener(name, () => resolve(name))));
        const isOk = (path, options) => fetch(path, { credentials: 'include', ...options })
          .then(response => response.ok, () => false);
        (async () => {
          report('read', await isOk('PEER/'));
          await isOk('PEER/logout?everywhere=true', { method: 'POST', mode: 'no-cors' });
          report('post', await isOk('PEER/api/web-links', { method: 'POST' }));
          const socket = new WebSocket('PEER/_blazor'.replace('http', 'ws'));
          report('socket', await once(socket, 'open', 'error') === 'open');
          const script = document.createElement('script');
          script.src = 'PEER/page.js';
          document.head.append(script);
          report('script', await once(script, 'load', 'error') === 'load');
          const frame = document.createElement('iframe');
          frame.src = 'PEER/';
          document.documentElement.append(frame);
          await once(frame, 'load');
          let seen = false;
          try { seen = frame.contentDocument?.querySelector('.app') != null; } catch { }
          report('frame', seen);
          window.done = true;
        })();
        """;
}

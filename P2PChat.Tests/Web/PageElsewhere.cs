using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace P2PChat.Tests.Web;

/// <summary>A web server of somebody else, on loopback.</summary>
internal sealed class PageElsewhere : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PageElsewhere(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<PageElsewhere> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new PageElsewhere(app);
    }

    /// <summary>A page that tries what a page can try on a peer whose owner is signed in.</summary>
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
        const tell = (what, got) => window.results.push(`${what}: ${got ? 'got through' : 'refused'}`);
        const once = (target, ...events) => new Promise(done => events.forEach(name => target.addEventListener(name, () => done(name))));
        (async () => {
          tell('read', await fetch('PEER/', { credentials: 'include' }).then(response => response.ok, () => false));
          await fetch('PEER/logout?everywhere=true', { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => {});
          tell('post', await fetch('PEER/api/web-links', { method: 'POST', credentials: 'include' }).then(response => response.ok, () => false));
          const socket = new WebSocket('PEER/_blazor'.replace('http', 'ws'));
          tell('socket', await once(socket, 'open', 'error') === 'open');
          const script = document.createElement('script');
          script.src = 'PEER/page.js';
          document.head.append(script);
          tell('script', await once(script, 'load', 'error') === 'load');
          const frame = document.createElement('iframe');
          frame.src = 'PEER/';
          document.documentElement.append(frame);
          await once(frame, 'load');
          let seen = false;
          try { seen = frame.contentDocument?.querySelector('.app') != null; } catch { }
          tell('frame', seen);
          window.done = true;
        })();
        """;
}

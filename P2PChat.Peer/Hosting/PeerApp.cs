using Microsoft.AspNetCore.Hosting.Server;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Web;
using P2PChat.ServiceDefaults;

namespace P2PChat.Peer.Hosting;

/// <summary>The peer as the program and its tests put it together.</summary>
public static class PeerApp
{
    /// <param name="settings">From the command line: they win over the environment.</param>
    public static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> settings)
    {
        // Slim: nothing here wants HTTP/3, IIS or routes with patterns, and each start would pay for them.
        // Settings are those of the environment and the command line, whatever lies in the directory one stands in.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                ContentRootPath = AppContext.BaseDirectory,
                // Its static files are found by it, whichever program hosts the peer.
                ApplicationName = typeof(PeerApp).Assembly.GetName().Name,
            }
        );
        _ = builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    /// <summary>Puts it together, and begins to open what it keeps and to ask its directory: it is to be started, and to be disposed.</summary>
    /// <exception cref="PeerStartException">The data directory cannot be used.</exception>
    public static WebApplication Build(WebApplicationBuilder builder, PeerOptions options, StreamsKind streams)
    {
        builder.AddConsoleLogging(streams);
        builder.AddServiceDefaults();
        builder.AddPeer(options);
        builder.AddLocalApi(options);
        builder.AddWebPage();
        builder.Services.AddSingleton<PromptStatus>();

        var app = builder.Build();
        app.Services.GetRequiredService<StartupWarmup>().Begin();
        app.MapDefaultEndpoints();
        app.MapLocalApi();
        app.MapWebPage();
        // The host would make it only after the peer.
        _ = app.Services.GetRequiredService<IServer>();
        return app;
    }
}

using P2PChat.Peer.Api;
using P2PChat.Peer.Console.Terminal;
using P2PChat.Peer.Web;
using P2PChat.ServiceDefaults;

namespace P2PChat.Peer;

/// <summary>The peer as the program and its tests put it together.</summary>
public static class PeerApp
{
    /// <param name="settings">From the command line: they win over the environment.</param>
    public static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> settings)
    {
        // Settings are those of the environment and the command line, whatever lies in the directory one stands in.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            // Its static files are found by it, whichever program hosts the peer.
            ApplicationName = typeof(PeerApp).Assembly.GetName().Name,
        });
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    /// <exception cref="PeerStartException">The data directory cannot be used.</exception>
    public static WebApplication Build(WebApplicationBuilder builder, PeerOptions options, StreamsKind streams)
    {
        builder.AddConsoleLogging(streams);
        builder.AddServiceDefaults();
        builder.AddPeer(options);
        builder.AddLocalApi(options);
        builder.AddWebPage();

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapLocalApi();
        app.MapWebPage();
        return app;
    }
}

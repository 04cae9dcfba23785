using Microsoft.AspNetCore.Hosting.Server;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Web;
using P2PChat.ServiceDefaults;

namespace P2PChat.Peer.Hosting;

/// <summary>Builds the peer's web application, for the program and for tests.</summary>
public static class PeerApp
{
    /// <param name="settings">Settings from the command line, which override the environment.</param>
    public static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> settings)
    {
        // Slim, because HTTP/3, IIS and regex routes are not needed and would slow every start.
        // The content root is not the working directory, whose files must not change the settings.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                ContentRootPath = AppContext.BaseDirectory,
                // Locates the static files, whichever program hosts the peer.
                ApplicationName = typeof(PeerApp).Assembly.GetName().Name,
            }
        );
        _ = builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    /// <summary>
    /// Builds the application, and starts to open the data directory and to contact the directory. The caller starts
    /// and disposes the application.
    /// </summary>
    /// <exception cref="PeerStartException">The data directory cannot be used.</exception>
    public static WebApplication Build(WebApplicationBuilder builder, PeerOptions options, StreamsKind streams)
    {
        builder.AddConsoleLogging(streams);
        builder.AddServiceDefaults();
        builder.AddPeer(options);
        builder.AddLocalApi(options);
        builder.AddWebPage();
        builder.Services.AddSingleton(services =>
        {
            var (messages, marks, rooms) = (
                services.GetRequiredService<MessageService>(),
                services.GetRequiredService<ChatMarkService>(),
                services.GetRequiredService<RoomService>()
            );
            return new ConversationBook(() => messages.Conversations, () => marks.All, () => rooms.All);
        });
        builder.Services.AddSingleton<ConversationAccess>();
        builder.Services.AddSingleton<RoomChatFactory>();
        builder.Services.AddSingleton<PromptStatus>();

        var app = builder.Build();
        app.Services.GetRequiredService<StartupWarmup>().Begin();
        app.MapDefaultEndpoints();
        app.MapLocalApi();
        app.MapWebPage();
        // Created here, because the host would create it only after the peer has started.
        _ = app.Services.GetRequiredService<IServer>();
        return app;
    }
}

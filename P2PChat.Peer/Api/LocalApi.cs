using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using P2PChat.Client;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Peer.Api;

/// <summary>The local HTTP API: the console's operations for bots, tools and tests.</summary>
public static class LocalApi
{
    /// <summary>The longest message text, with each byte escaped as <c>\u0001</c>, plus the JSON around it.</summary>
    public const int MaxBodyBytes = (64 * 1024 * 6) + 1024;

    public const string EventsPath = "/api/events";

    /// <summary>Listens on loopback. Without <c>--api</c>, <c>ASPNETCORE_URLS</c> can choose other addresses.</summary>
    public static WebApplicationBuilder AddLocalApi(this WebApplicationBuilder builder, PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var isConfigured = !string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]);
        if (options.Api is not null || !isConfigured)
        {
            builder.WebHost.UseUrls(Address(options.Api ?? 0));
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        // An ephemeral peer is a new peer at each start: the browser holds nothing that needs the same port.
        var remembers = options is { Api: null, Ephemeral: false };
        builder.Services.AddSingleton(services => new PagePort(
            services.GetRequiredService<DataDirectory>(),
            remembers,
            takesAgain: remembers && !isConfigured,
            services.GetRequiredService<ILogger<PagePort>>()
        ));
        builder
            .Services.AddOptions<SocketTransportOptions>()
            .Configure<PagePort>((sockets, port) => sockets.CreateBoundListenSocket = port.Bind);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.AddProblems<ApiProblemCatalogue>();
        builder.Services.AddApiRateLimits(options);
        builder.Services.AddOpenApi();
        builder.Services.AddSingleton<LocalConversations>();
        builder.Services.AddSingleton<LocalProfiles>();
        builder.Services.AddSingleton<LocalFiles>();
        builder.Services.AddSingleton<LocalRooms>();
        builder.Services.AddSingleton<LocalPeer>();
        builder.Services.AddSingleton<IPeer>(services => services.GetRequiredService<LocalPeer>());
        builder.Services.AddSingleton<EventStream>();
        builder.Services.AddSingleton<ApiFiles>();
        builder.Services.AddSingleton(services => services.GetRequiredService<ApiFiles>().Token);
        builder.Services.AddHostedService(services => services.GetRequiredService<ApiFiles>());
        return builder;
    }

    public static WebApplication MapLocalApi(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseProblems();
        app.UseMiddleware<ApiGuard>();
        app.UseLazyRateLimiter();
        app.MapOpenApi();
        app.MapApi();
        return app;
    }

    // Kestrel assigns a dynamic port only to a literal address.
    private static string Address(int port) => port == 0 ? "http://127.0.0.1:0" : $"http://localhost:{port}";
}

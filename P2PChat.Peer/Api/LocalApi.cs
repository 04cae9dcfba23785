using System.Text.Json.Serialization;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Peer.Api;

/// <summary>The local HTTP API: what the console can do, for bots, the web page and tests.</summary>
public static class LocalApi
{
    /// <summary>A text of the greatest length, each byte of it escaped as <c>\u0001</c>, and what is around it.</summary>
    public const int MaxBodyBytes = (64 * 1024 * 6) + 1024;

    public const string EventsPath = "/api/events";

    /// <summary>On loopback, unless the environment (<c>ASPNETCORE_URLS</c>) says otherwise and <c>--api</c> does not.</summary>
    public static WebApplicationBuilder AddLocalApi(this WebApplicationBuilder builder, PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Api is not null || string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
        {
            builder.WebHost.UseUrls(Address(options.Api ?? 0));
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
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

    // Only a literal address can have a port of the system's choice.
    private static string Address(int port) => port == 0 ? "http://127.0.0.1:0" : $"http://localhost:{port}";
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using P2PChat.ServiceDefaults;

namespace P2PChat.Tests.ServiceDefaults;

/// <summary>Starts a service with the defaults on a free loopback port.</summary>
internal static class LoopbackApp
{
    public static async Task<WebApplication> StartAsync(
        IEnumerable<KeyValuePair<string, string>> configuration,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null
    )
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(configuration!);
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        build?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync();
        return app;
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;
using P2PChat.Peer.Api;
using P2PChat.Peer.Web.Components;
using P2PChat.Peer.Web.Model;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Peer.Web;

/// <summary>Adds the web page: Blazor, rendered in this process, on the port of the local API.</summary>
public static class WebPage
{
    private const string NotFoundPath = "/not-found";

    // The longest text with every byte escaped, plus the call around it.
    private const int MaxSocketMessageBytes = (ConversationOptions.MaxTextBytes * 6) + 4096;

    public static WebApplicationBuilder AddWebPage(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // An unpublished peer has the page's files in the source tree, in every environment.
        builder.WebHost.UseStaticWebAssets();
        var services = builder.Services;
        services.AddSingleton<PageAddress>();
        services.AddSingleton<SignInLinks>();
        services.AddSingleton<ISignInLinks>(provider => provider.GetRequiredService<SignInLinks>());
        services.AddSingleton<BrowserSessions>();
        services.AddSingleton<PageCredentials>();
        services.AddSingleton<IPageCredentials>(provider => provider.GetRequiredService<PageCredentials>());
        services.AddAntiforgery();
        services
            .AddOptions<Microsoft.AspNetCore.Antiforgery.AntiforgeryOptions>()
            .Configure<PageAddress>((antiforgery, address) => antiforgery.Cookie.Name = $"{address.CookieName}-form");
        services
            .AddRazorComponents()
            .AddInteractiveServerComponents(circuits => circuits.DisconnectedCircuitMaxRetained = 8)
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxSocketMessageBytes);
        KeepKeysInMemory(services);
        services.AddSingleton<IAuthorizationPolicyProvider, UncachedPolicies>();
        services.AddSingleton<PageOffers>();
        services.AddSingleton<PagePresence>();
        services.AddSingleton<ShownConversations>();
        services.AddSingleton<DirectoryList>();
        services.AddScoped<PageTimeZone>();
        services.AddScoped<PageRooms>();
        services.AddScoped<ChatPageModel>();
        services.AddScoped<PageConnection>();
        services.AddScoped<CircuitHandler>(provider => provider.GetRequiredService<PageConnection>());
        return builder;
    }

    // The keys protect pages and sockets, which do not outlive the process.
    private static void KeepKeysInMemory(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        // This service would still create an unused key in the home directory, and log a warning in containers.
        foreach (
            var service in services
                .Where(service =>
                    service.ServiceType == typeof(IHostedService)
                    && service.ImplementationType?.Assembly == typeof(EphemeralDataProtectionProvider).Assembly
                )
                .ToList()
        )
        {
            services.Remove(service);
        }
    }

    // For an unknown address, browsers get a page; scripts and the API get problem details.
    private static bool IsFromBrowser(HttpRequest request) =>
        ForeignAddressPage.IsNavigation(request) && !ApiGuard.Guards(request.Path) && !ApiGuard.IsProbe(request.Path);

    public static WebApplication MapWebPage(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<PageGuard>();
        app.UseStatusCodePagesWithReExecute(NotFoundPath);
        app.Use(
            (context, next) =>
            {
                if (!IsFromBrowser(context.Request))
                {
                    context.Features.Get<IStatusCodePagesFeature>()!.Enabled = false;
                }

                return next(context);
            }
        );
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapSignIn();
        app.MapBackupDownload();
        app.MapPagePictures();
        app.MapPageFiles();
        app.MapManifest();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(mode =>
            {
                // Compression gains nothing over loopback and would leak lengths.
                mode.DisableWebSocketCompression = true;
                mode.ContentSecurityFrameAncestorsPolicy = null;
            });
        return app;
    }
}

/// <summary>
/// Turns off the policy cache of ASP.NET Core's authorization, which would build all endpoints at startup. Blazor needs
/// authorization to be present, but <see cref="SignIn.PageGuard"/> decides who is admitted.
/// </summary>
internal sealed class UncachedPolicies(IOptions<AuthorizationOptions> options)
    : DefaultAuthorizationPolicyProvider(options)
{
    public override bool AllowsCachingPolicies => false;
}

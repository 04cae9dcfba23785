using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;
using P2PChat.Peer.Api;
using P2PChat.Peer.Web.Components;
using P2PChat.Peer.Web.Model;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Peer.Web;

/// <summary>The peer's web page: Blazor, rendered in this process, on the port of the local API.</summary>
public static class WebPage
{
    private const string NotFoundPath = "/not-found";

    // A text of the greatest length, each byte of it escaped, and the call around it.
    private const int MaxSocketMessageBytes = (ConversationOptions.MaxTextBytes * 6) + 4096;

    public static WebApplicationBuilder AddWebPage(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // What the page is made of lies beside the sources before it is published, whatever the environment is called.
        builder.WebHost.UseStaticWebAssets();
        var services = builder.Services;
        services.AddSingleton<PageAddress>();
        services.AddSingleton<SignInLinks>();
        services.AddSingleton<BrowserSessions>();
        services.AddSingleton<PageCredentials>();
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
        services.AddSingleton<PagePresence>();
        services.AddSingleton<DirectoryList>();
        services.AddSingleton<DayNames>();
        services.AddScoped<ChatPageModel>();
        return builder;
    }

    /// <summary>What is protected by them lives no longer than the process: a page, and its socket.</summary>
    private static void KeepKeysInMemory(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        // It would all the same make a key in the home directory as the peer starts, which nobody uses, and warn of it in containers.
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

    // Browsers get a page for a mistyped address; scripts and the API get a problem.
    private static bool IsForAPerson(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !ApiGuard.Guards(request.Path)
        && !ApiGuard.IsProbe(request.Path)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    public static WebApplication MapWebPage(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<PageGuard>();
        app.UseStatusCodePagesWithReExecute(NotFoundPath);
        app.Use(
            (context, next) =>
            {
                if (!IsForAPerson(context.Request))
                {
                    context.Features.Get<IStatusCodePagesFeature>()!.Enabled = false;
                }

                return next(context);
            }
        );
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapSignIn();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(mode =>
            {
                // Over loopback it would only tell lengths.
                mode.DisableWebSocketCompression = true;
                mode.ContentSecurityFrameAncestorsPolicy = null;
            });
        return app;
    }
}

/// <summary>
/// Blazor brings ASP.NET Core's authorization along, which has no policies here: <see cref="SignIn.PageGuard"/> lets in. Its cache
/// would have every endpoint made while the peer starts, where the first request is soon enough.
/// </summary>
internal sealed class UncachedPolicies(IOptions<AuthorizationOptions> options)
    : DefaultAuthorizationPolicyProvider(options)
{
    public override bool AllowsCachingPolicies => false;
}

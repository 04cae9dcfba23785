using Microsoft.AspNetCore.StaticAssets;
using P2PChat.Peer.Api;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Admits only signed-in browsers, and only requests by the page itself: no host that others could point here (DNS
/// rebinding), and no requests from other pages. Guards everything except the API and the health probes.
/// </summary>
internal sealed class PageGuard(
    RequestDelegate next,
    PageAddress address,
    PageCredentials credentials,
    BrowserSessions sessions
)
{
    public const string LoginPath = "/login";
    private const string SocketPath = "/_blazor";

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (ApiGuard.IsProbe(request.Path) || ApiGuard.Guards(request.Path))
        {
            await next(context);
            return;
        }

        if (!address.IsOwn(request.Host) || IsCrossOrigin(request))
        {
            await (
                ForeignAddressPage.IsNavigation(request)
                    ? ForeignAddressPage.WriteAsync(context, address.Home)
                    : context.WriteProblemAsync(ApiProblems.ForeignPage(address.Home))
            );
            return;
        }

        var metadata = context.GetEndpoint()?.Metadata;
        PageHeaders.Set(
            context,
            address.IsSecure(request),
            usesCamera: metadata?.GetMetadata<UsesCameraAttribute>() is not null,
            usesMicrophone: metadata?.GetMetadata<UsesMicrophoneAttribute>() is not null
        );
        if (request.Path == LoginPath || metadata?.GetMetadata<StaticAssetDescriptor>() is not null)
        {
            await next(context);
            return;
        }

        if (credentials.SessionOf(request) is not { } session)
        {
            await RefuseAsync(context);
            return;
        }

        context.Features.Set(session);
        if (!IsSocket(request.Path))
        {
            await next(context);
            return;
        }

        // A socket lives long, so signing out must close it.
        using (sessions.OnEnd(session, context.Abort))
        {
            await next(context);
        }
    }

    // Browsers send Origin with every socket and with requests that may change something, but not with links.
    private bool IsCrossOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count == 0)
        {
            var needsOrigin =
                !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
                || (IsSocket(request.Path) && request.Path != $"{SocketPath}/initializers");
            return needsOrigin || IsEmbeddedByOthers(request);
        }

        return origin.Count > 1 || origin[0] != address.OriginOf(request);
    }

    private static bool IsSocket(PathString path) =>
        path.StartsWithSegments(SocketPath, StringComparison.OrdinalIgnoreCase);

    // Fetch metadata: other pages may link here, but not frame or load anything.
    private static bool IsEmbeddedByOthers(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
        && (request.Headers["Sec-Fetch-Mode"] != "navigate" || request.Headers["Sec-Fetch-Dest"] != "document");

    private static Task RefuseAsync(HttpContext context)
    {
        // After a session has ended, submitting a form leads to the sign-in page, like following a link.
        if (
            IsSocket(context.Request.Path)
            || !(HttpMethods.IsGet(context.Request.Method) || ForeignAddressPage.ExpectsPage(context.Request))
        )
        {
            return context.WriteProblemAsync(ApiProblems.SignInRequired());
        }

        context.Response.Redirect(LoginPath);
        return Task.CompletedTask;
    }
}

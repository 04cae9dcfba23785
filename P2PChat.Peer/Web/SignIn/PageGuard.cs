using Microsoft.AspNetCore.StaticAssets;
using P2PChat.Peer.Api;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Lets in only browsers that are signed in, and only from the page itself: not by a name that somebody else could point
/// here (DNS rebinding), and not at the bidding of another page. What it guards is all that is neither API nor probe.
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

        if (!address.IsOwn(request.Host) || IsForeign(request))
        {
            await context.WriteProblemAsync(ApiProblems.ForeignPage(address.Home));
            return;
        }

        PageHeaders.Set(context, address.IsSecure(request));
        if (
            request.Path == LoginPath
            || context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null
        )
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

        // A socket lasts: who is signed out meanwhile is out at once.
        using (sessions.OnEnd(session, context.Abort))
        {
            await next(context);
        }
    }

    // Browsers send Origin with what may change something and with each socket; a page that opens a link sends none.
    private bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count == 0)
        {
            var mustBring =
                !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
                || (IsSocket(request.Path) && request.Path != $"{SocketPath}/initializers");
            return mustBring || IsEmbeddedElsewhere(request);
        }

        return origin.Count > 1 || origin[0] != address.OriginOf(request);
    }

    private static bool IsSocket(PathString path) =>
        path.StartsWithSegments(SocketPath, StringComparison.OrdinalIgnoreCase);

    // Fetch Metadata: another page may link here, but neither frame nor load what is here.
    private static bool IsEmbeddedElsewhere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
        && (request.Headers["Sec-Fetch-Mode"] != "navigate" || request.Headers["Sec-Fetch-Dest"] != "document");

    private static Task RefuseAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || IsSocket(context.Request.Path))
        {
            return context.WriteProblemAsync(ApiProblems.SignInRequired());
        }

        context.Response.Redirect(LoginPath);
        return Task.CompletedTask;
    }
}

using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Peer.Web.Components;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Maps the endpoints for signing in by a link and for signing out.</summary>
internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(PageGuard.LoginPath, SignIn).ExcludeFromDescription();
        app.MapPost("/logout", SignOut).ExcludeFromDescription();
    }

    private static RazorComponentResult<SignInPage> SignIn(
        HttpContext context,
        SignInLinks links,
        BrowserSessions sessions,
        PageAddress address,
        PageCredentials credentials
    )
    {
        var request = context.Request;
        if (request.Query["code"].ToString() is not { Length: > 0 } code)
        {
            var state =
                IsCrossSite(request) ? SignInState.Retry
                : IsOwnNavigation(request) && credentials.SessionOf(request) is null ? SignInState.SignedOut
                : SignInState.Needed;
            return Page(state, StatusCodes.Status200OK);
        }

        // Prefetching must not use up the link.
        if (request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase))
        {
            return Page(SignInState.Needed, StatusCodes.Status503ServiceUnavailable);
        }

        if (!links.TryUse(code))
        {
            return Page(SignInState.InvalidLink, StatusCodes.Status403Forbidden);
        }

        var (session, secret) = sessions.Begin(BrowserName.Of(request.Headers.UserAgent.ToString()));
        context.Response.Cookies.Append(
            address.CookieName,
            secret,
            Cookie(address.IsSecure(request), session.ExpiresAt)
        );
        return Page(SignInState.SignedIn, StatusCodes.Status200OK);
    }

    private static RedirectHttpResult SignOut(
        HttpContext context,
        BrowserSessions sessions,
        PageAddress address,
        bool everywhere = false
    )
    {
        context.Response.Cookies.Delete(address.CookieName, Cookie(address.IsSecure(context.Request), expires: null));
        if (everywhere)
        {
            sessions.EndAll();
        }
        else if (context.Features.Get<BrowserSession>() is { } session)
        {
            sessions.End(session);
        }

        return TypedResults.LocalRedirect(PageGuard.LoginPath);
    }

    private static CookieOptions Cookie(bool secure, DateTimeOffset? expires) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = secure,
            Expires = expires,
            Path = "/",
            IsEssential = true,
        };

    // A browser that follows a link from another site does not send a strict cookie. Reloading from here sends it.
    private static bool IsCrossSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    // Only then does a missing cookie mean that nobody is signed in.
    private static bool IsOwnNavigation(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "same-origin" or "none";

    private static RazorComponentResult<SignInPage> Page(SignInState state, int status) =>
        new(new { State = state }) { StatusCode = status };
}

/// <summary>What the sign-in page shows.</summary>
public enum SignInState
{
    /// <summary>The browser needs a link.</summary>
    Needed,

    /// <summary>Nobody is signed in, so the drafts are removed.</summary>
    SignedOut,

    /// <summary>The browser came from another site. It may be signed in, and must load the page again.</summary>
    Retry,

    /// <summary>The link is used, expired or unknown.</summary>
    InvalidLink,

    /// <summary>The browser is now signed in.</summary>
    SignedIn,
}

using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Peer.Web.Components;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Signing in by a link, and out.</summary>
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
        PageAddress address
    )
    {
        var request = context.Request;
        if (request.Query["code"].ToString() is not { Length: > 0 } code)
        {
            return Page(IsFromElsewhere(request) ? SignInState.Again : SignInState.Needed, StatusCodes.Status200OK);
        }

        // A browser that loads ahead what might be opened must not use the link up.
        if (request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase))
        {
            return Page(SignInState.Needed, StatusCodes.Status503ServiceUnavailable);
        }

        if (!links.TryUse(code))
        {
            return Page(SignInState.Refused, StatusCodes.Status403Forbidden);
        }

        var (session, secret) = sessions.Begin(BrowserName.Of(request.Headers.UserAgent.ToString()));
        context.Response.Cookies.Append(
            address.CookieName,
            secret,
            Cookie(address.IsSecure(request), session.ExpiresAt)
        );
        return Page(SignInState.Done, StatusCodes.Status200OK);
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

    // Who follows a link from elsewhere brings no strict cookie, signed in or not; from here, the same browser does.
    private static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    private static RazorComponentResult<SignInPage> Page(SignInState state, int status) =>
        new(new { State = state }) { StatusCode = status };
}

/// <summary>How a browser stands that is not, or just now, signed in.</summary>
public enum SignInState
{
    /// <summary>It needs a link.</summary>
    Needed,

    /// <summary>It may be signed in, and should ask again from here.</summary>
    Again,

    /// <summary>Its link was used before, is too old, or never was.</summary>
    Refused,

    /// <summary>It is signed in.</summary>
    Done,
}

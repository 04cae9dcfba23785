using P2PChat.Peer.Api;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Finds the session or sign-in link in a browser's request.</summary>
internal sealed class PageCredentials(PageAddress address, BrowserSessions sessions, SignInLinks links)
    : IPageCredentials
{
    /// <summary>The session of the request's cookie; null if there is none.</summary>
    public BrowserSession? SessionOf(HttpRequest request) =>
        request.Cookies[address.CookieName] is { } secret ? sessions.Find(secret) : null;

    public bool AreIn(HttpRequest request) =>
        SessionOf(request) is not null
        || (
            request.Path == PageGuard.LoginPath
            && request.Query["code"].ToString() is { Length: > 0 } code
            && links.IsValid(code)
        );
}

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Finds a browser's session or sign-in link in a request.</summary>
internal sealed class PageCredentials(PageAddress address, BrowserSessions sessions, SignInLinks links)
{
    /// <returns>The session of the request's cookie; null if there is none.</returns>
    public BrowserSession? SessionOf(HttpRequest request) =>
        request.Cookies[address.CookieName] is { } secret ? sessions.Find(secret) : null;

    /// <summary>Whether a request has a session or an unused sign-in link. Does not use the link up.</summary>
    public bool AreIn(HttpRequest request) =>
        SessionOf(request) is not null
        || (
            request.Path == PageGuard.LoginPath
            && request.Query["code"].ToString() is { Length: > 0 } code
            && links.IsOpen(code)
        );
}

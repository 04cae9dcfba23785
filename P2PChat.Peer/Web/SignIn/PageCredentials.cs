namespace P2PChat.Peer.Web.SignIn;

/// <summary>Finds what shows a browser to be the owner's.</summary>
internal sealed class PageCredentials(PageAddress address, BrowserSessions sessions, SignInLinks links)
{
    /// <returns>The session whose cookie a request brings; null if there is none.</returns>
    public BrowserSession? SessionOf(HttpRequest request) =>
        request.Cookies[address.CookieName] is { } secret ? sessions.Find(secret) : null;

    /// <summary>Whether a request brings a session, or a sign-in link that nobody has used yet. Uses nothing up.</summary>
    public bool AreIn(HttpRequest request) =>
        SessionOf(request) is not null
        || (request.Path == PageGuard.LoginPath && request.Query["code"].ToString() is { Length: > 0 } code && links.IsOpen(code));
}

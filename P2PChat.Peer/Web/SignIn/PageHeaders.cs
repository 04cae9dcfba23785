namespace P2PChat.Peer.Web.SignIn;

/// <summary>What browsers are told about each page: nothing inline, nothing from elsewhere, in nobody's frame, kept by nobody.</summary>
internal static class PageHeaders
{
    /// <param name="secure">Whether the browser speaks TLS.</param>
    public static void Set(HttpContext context, bool secure)
    {
        var headers = context.Response.Headers;
        // Not every browser takes the socket of one's own origin for 'self'.
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {(secure ? "wss" : "ws")}://{context.Request.Host}; "
            + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // With no-referrer a form's Origin would be 'null', and the form refused.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers.CacheControl = "no-store";
    }
}

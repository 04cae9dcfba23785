namespace P2PChat.Peer.Web.SignIn;

/// <summary>Sets security headers: no inline content, nothing from other origins, no framing, no caching.</summary>
internal static class PageHeaders
{
    /// <param name="isSecure">Whether the browser uses TLS.</param>
    /// <param name="usesCamera">Whether the page may use the camera.</param>
    /// <param name="usesMicrophone">Whether the page may use the microphone.</param>
    public static void Set(HttpContext context, bool isSecure, bool usesCamera, bool usesMicrophone)
    {
        var headers = context.Response.Headers;
        var socketScheme = isSecure ? "wss" : "ws";
        // The socket is listed because some browsers do not count it as 'self'.
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            + $"media-src 'self'; manifest-src 'self'; connect-src 'self' {socketScheme}://{context.Request.Host}; "
            + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // With no-referrer, a form's Origin would be 'null', and the form would be refused.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] =
            $"camera=({(usesCamera ? "self" : "")}), geolocation=(), microphone=({(usesMicrophone ? "self" : "")})";
        headers.CacheControl = "no-store";
    }
}

using System.Text;
using System.Text.Encodings.Web;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Shows the right address to a user who opened the page at a wrong one. Loads nothing, because the wrong address may
/// belong to anyone.
/// </summary>
internal static class ForeignAddressPage
{
    /// <summary>Whether a browser opens a page, as opposed to a script that calls the peer.</summary>
    public static bool IsNavigation(HttpRequest request) => HttpMethods.IsGet(request.Method) && ExpectsPage(request);

    /// <summary>Whether the answer is shown to a user: a page, or the result of a form.</summary>
    public static bool ExpectsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    public static Task WriteAsync(HttpContext context, Uri home)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status403Forbidden;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        var address = HtmlEncoder.Default.Encode(home.AbsoluteUri);
        return response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Wrong address – P2PChat</title></head>
            <body>
            <h1>Wrong address</h1>
            <p>Open <a href="{address}">{address}</a> instead. Your peer answers only at this address, so that no
            other site can read your messages.</p>
            </body>
            </html>

            """,
            Encoding.UTF8
        );
    }
}

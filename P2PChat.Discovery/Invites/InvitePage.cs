using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Discovery.Invites;

/// <summary>
/// <c>GET /i</c>: the page that an invite's link opens in a browser. The link's secret is in the fragment, which no
/// browser sends. The page has no script, so that it cannot read the secret either.
/// </summary>
internal static class InvitePage
{
    private static readonly byte[] Page = Read();

    /// <summary>Allows nothing but the page's own style sheet.</summary>
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{HashOfStyle()}'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapMethods(
                "/i",
                // Programs that show a preview of a link ask with HEAD first.
                [HttpMethods.Get, HttpMethods.Head],
                (HttpContext context) => WriteAsync(context.Request, context.Response)
            )
            .ExcludeFromDescription();

    private static async Task WriteAsync(HttpRequest request, HttpResponse response)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = Page.Length;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "public, max-age=3600";
        if (HttpMethods.IsGet(request.Method))
        {
            await response.Body.WriteAsync(Page);
        }
    }

    private static string HashOfStyle()
    {
        const string Start = "<style>";
        var page = Encoding.UTF8.GetString(Page);
        var start = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        var style = page[start..page.IndexOf("</style>", StringComparison.Ordinal)];
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
    }

    private static byte[] Read()
    {
        using var stream = typeof(InvitePage).Assembly.GetManifestResourceStream(
            $"{typeof(InvitePage).Namespace}.{nameof(InvitePage)}.html"
        ) ?? throw new InvalidOperationException("The invite page is not embedded in the assembly.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

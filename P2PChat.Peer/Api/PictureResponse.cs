using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>Sends a person's picture, so that a browser shows it as a picture and as nothing else.</summary>
internal static class PictureResponse
{
    /// <summary>For a document that a browser opens: no script, no style, nothing loaded, an opaque origin.</summary>
    public const string Policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

    /// <param name="name">The username, which is safe in a header.</param>
    public static IResult Of(HttpContext context, ProfilePicture picture, string name)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = Policy;
        headers.ContentDisposition = $"inline; filename=\"{name}.{picture.Header.Extension}\"";
        headers.CacheControl = "no-store";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return TypedResults.Bytes(picture.Bytes, picture.Header.MediaType);
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>Sends a person's picture, so that a browser shows it as a picture and as nothing else.</summary>
internal static class PictureResponse
{
    /// <summary>For a document that a browser opens: no script, no style, nothing loaded, an opaque origin.</summary>
    public const string Policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

    /// <summary>Sends the picture, or says that the browser's copy is the current one, without reading it.</summary>
    /// <param name="profile">The person's profile; null if there is none.</param>
    /// <param name="name">The username, which is safe in a header.</param>
    /// <returns>Null if there is no picture.</returns>
    /// <exception cref="PeerException">The picture cannot be read.</exception>
    public static IResult? Of(HttpContext context, ContactProfile? profile, Func<ProfilePicture?> read, string name)
    {
        if (profile is not { HasPicture: true, Version: var version })
        {
            return null;
        }

        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""));
        var isSame = context
            .Request.GetTypedHeaders()
            .IfNoneMatch.Any(one => one.Compare(tag, useStrongComparison: false));
        if (isSame)
        {
            context.Response.GetTypedHeaders().ETag = tag;
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }

        return read() is { } picture ? Of(context, picture, name, tag) : null;
    }

    private static FileContentHttpResult Of(
        HttpContext context,
        ProfilePicture picture,
        string name,
        EntityTagHeaderValue tag
    )
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = Policy;
        headers.ContentDisposition = $"inline; filename=\"{name}.{picture.Header.Extension}\"";
        // The browser keeps it, and asks each time whether it has changed.
        headers.CacheControl = "private, no-cache";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return TypedResults.File(picture.Bytes.ToArray(), picture.Header.MediaType, entityTag: tag);
    }
}

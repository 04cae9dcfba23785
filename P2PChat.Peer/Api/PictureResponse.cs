using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Peer.Api;

/// <summary>Sends the picture of a person or a room, so that a browser shows it as that and nothing else.</summary>
internal static class PictureResponse
{
    /// <summary>For a document that a browser opens: no script, no style, nothing loaded, an opaque origin.</summary>
    public const string Policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

    /// <summary>Sends a person's picture.</summary>
    /// <param name="profile">The person's profile; null if there is none.</param>
    /// <param name="name">The username.</param>
    /// <returns>Null if there is no picture.</returns>
    /// <exception cref="PeerException">The picture cannot be read.</exception>
    public static IResult? Of(HttpContext context, ContactProfile? profile, Func<ProfilePicture?> read, string name) =>
        Of(
            context,
            profile is { HasPicture: true, Version: var version }
                ? version.ToString(CultureInfo.InvariantCulture)
                : null,
            () => read() is { } picture ? (picture.Bytes, picture.Header) : null,
            name
        );

    /// <summary>Sends a room's picture.</summary>
    /// <returns>Null if there is no picture.</returns>
    public static IResult? Of(HttpContext context, RoomPicture? picture, string room) =>
        Of(
            context,
            picture?.SetBy.ToString(),
            () => picture is null ? null : (picture.Bytes, picture.Header),
            $"room-{room[..8]}"
        );

    /// <summary>Sends the picture, or says that the browser's copy is the current one, without reading it.</summary>
    /// <param name="version">Changes with the picture; null if there is none.</param>
    /// <param name="name">The name of the file, which must be safe in a header.</param>
    /// <returns>Null if there is no picture.</returns>
    /// <exception cref="PeerException">The picture cannot be read.</exception>
    private static IResult? Of(
        HttpContext context,
        string? version,
        Func<(ReadOnlyMemory<byte> Bytes, PictureHeader Header)?> read,
        string name
    )
    {
        if (version is null)
        {
            return null;
        }

        var tag = new EntityTagHeaderValue($"\"{version}\"");
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
        (ReadOnlyMemory<byte> Bytes, PictureHeader Header) picture,
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

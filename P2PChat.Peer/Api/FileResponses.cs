using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.ServiceDefaults.Http;

namespace P2PChat.Peer.Api;

/// <summary>
/// Responses with the bytes of files, for the API and the page. The bytes are another user's: a browser never renders
/// them as a document, whatever they are.
/// </summary>
internal static class FileResponses
{
    /// <summary>A received file as a download.</summary>
    public static IResult Download(string username, Guid id, FileContentService contents, HttpContext context)
    {
        var (transfer, content) = contents.Open(ContractMapping.ParseUsername(username), id);
        return Send(context, "attachment", transfer.Name, MediaTypeNames.Application.Octet, content);
    }

    /// <summary>A picture, sound or video by its first bytes, to be shown. Anything else is a download.</summary>
    /// <param name="yours">Whether this peer's user has offered it; left out for either.</param>
    public static IResult Media(
        string username,
        Guid id,
        FileContentService contents,
        HttpContext context,
        bool? yours = null
    )
    {
        var (transfer, type, content) = contents.OpenMedia(ContractMapping.ParseUsername(username), id, yours);
        return Send(
            context,
            type is null ? "attachment" : "inline",
            transfer.Name,
            type ?? MediaTypeNames.Application.Octet,
            content
        );
    }

    /// <summary>The preview of an offered picture.</summary>
    /// <inheritdoc cref="Media"/>
    public static IResult Preview(
        string username,
        Guid id,
        FileContentService contents,
        HttpContext context,
        bool? yours = null
    )
    {
        if (contents.PreviewOf(ContractMapping.ParseUsername(username), id, yours) is not var (type, picture))
        {
            throw new PeerException(PeerError.UnknownFile, "This file has no preview. Show its name instead.");
        }

        return Send(context, "inline", "preview", type, new MemoryStream(picture));
    }

    /// <param name="disposition">Whether a browser shows it: <c>inline</c> or <c>attachment</c>.</param>
    /// <param name="name">The name under which a browser saves it.</param>
    internal static IResult Send(HttpContext context, string disposition, string name, string type, Stream content)
    {
        RangeRequests.IgnoreOtherUnits(context);
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        var value = new ContentDispositionHeaderValue(disposition);
        value.SetHttpFileName(name);
        headers.ContentDisposition = value.ToString();
        return Results.Stream(content, type, enableRangeProcessing: true);
    }
}

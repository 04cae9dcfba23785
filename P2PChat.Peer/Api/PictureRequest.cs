using P2PChat.Protocol.Profiles;

namespace P2PChat.Peer.Api;

/// <summary>Takes and describes pictures in requests.</summary>
internal static class PictureRequest
{
    private const string AnyBytes = "application/octet-stream";
    private static readonly string[] Types = ["image/png", "image/jpeg", "image/webp"];

    /// <summary>Says that an endpoint sends a picture.</summary>
    public static RouteHandlerBuilder SendsPicture(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces(StatusCodes.Status200OK, contentType: Types[0], additionalContentTypes: Types[1..]);

    /// <summary>Says that the body of a request is a picture.</summary>
    public static RouteHandlerBuilder TakesPicture(this RouteHandlerBuilder endpoint) =>
        endpoint.Accepts<Stream>(AnyBytes, Types);

    /// <summary>Reads a picture. If it is too large, reads only its beginning.</summary>
    /// <returns>At most one byte more than a picture may have.</returns>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[ProfileRules.MaxPictureBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer.AsMemory(0, length);
    }
}

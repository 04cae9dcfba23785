using Microsoft.AspNetCore.Http.Features;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Files;

/// <summary>What an upload says about itself before its body.</summary>
internal sealed record UploadHead(Username Recipient, FileDeposit File)
{
    public const string ContentType = "application/octet-stream";

    /// <exception cref="ProblemException">Something is missing, malformed or too large.</exception>
    public static UploadHead Read(HttpContext context, string username, string id, long maxBytes)
    {
        // Also for uploads that are refused: the server then drains the body for up to 5 s instead of resetting the
        // connection before the client has read the response.
        if (
            context.Request.ContentLength is { } length
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit
        )
        {
            limit.MaxRequestBodySize = Math.Min(length, 2 * maxBytes);
        }

        var (name, hash) = CapabilityOf(context, username);
        CheckId(id);
        if (context.Request.ContentType != ContentType)
        {
            throw new ProblemException(FileProblems.NotAFile());
        }

        var size = context.Request.ContentLength ?? throw Malformed("Send the size of the file in Content-Length.");
        if (size > maxBytes)
        {
            throw new ProblemException(FileProblems.TooLarge(maxBytes));
        }

        if (size == 0)
        {
            throw Malformed("The body is empty. Send the sealed file.");
        }

        var digest = ContentDigest.Read(context.Request.Headers[ContentDigest.Header].ToString())
            ?? throw Malformed(
                $"Send the SHA-256 of the file in the header {ContentDigest.Header}, as sha-256=:<base64>:."
            );
        return new UploadHead(name, new FileDeposit(id, hash, size, digest));
    }

    /// <exception cref="ProblemException">The name or the capability is malformed.</exception>
    public static (Username Recipient, string CapabilityHash) CapabilityOf(HttpContext context, string username) =>
        Username.TryParse(username, out var name)
            ? (
                name,
                Capability.HashOf(context.Request.Headers[MailboxCapability.Header].ToString())
                    ?? throw Malformed(
                        $"Send the capability (32 bytes in base64url) in the header {MailboxCapability.Header}."
                    )
            )
            : throw new ProblemException(Problems.InvalidUsername());

    /// <exception cref="ProblemException">It is not a file's id.</exception>
    public static void CheckId(string id)
    {
        if (!FolderLayout.IsName(id))
        {
            throw Malformed("A file's id has 32 lower-case hexadecimal digits.");
        }
    }

    private static ProblemException Malformed(string detail) => new(Problems.Malformed(detail));
}

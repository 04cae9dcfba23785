using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Protocol.Paths;

/// <summary>Converts a signed path message to and from its JSON.</summary>
public static class SignedPathText
{
    public static SignedPathBody ToBody(this SignedPath signed)
    {
        ArgumentNullException.ThrowIfNull(signed);
        return new(
            Convert.ToBase64String(signed.Content.Span),
            Convert.ToBase64String(signed.Signature.Span),
            Convert.ToBase64String(signed.PublicKey.Span)
        );
    }

    /// <returns>The message, not verified.</returns>
    /// <exception cref="RecordException">A part is missing or is not valid base64.</exception>
    public static SignedPath ToSigned(this SignedPathBody? body)
    {
        try
        {
            if (body is { Content: { } content, Signature: { } signature, PublicKey: { } publicKey })
            {
                return new SignedPath(
                    Convert.FromBase64String(content),
                    Convert.FromBase64String(signature),
                    Convert.FromBase64String(publicKey)
                );
            }
        }
        catch (FormatException)
        {
            // Treated like a missing part.
        }

        throw new RecordException(
            RecordError.Malformed,
            "A signed path message must have the fields content, signature and publicKey, each in base64."
        );
    }
}

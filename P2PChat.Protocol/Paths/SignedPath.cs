using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Collections;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Paths;

/// <summary>The exact bytes of a message of path.proto, with their signature and the signer's key.</summary>
/// <param name="Content">The signed bytes, without the signature context.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256, r and s of 32 bytes each.</param>
/// <param name="PublicKey">The signer's key, DER SubjectPublicKeyInfo.</param>
public sealed record SignedPath(
    ReadOnlyMemory<byte> Content,
    ReadOnlyMemory<byte> Signature,
    ReadOnlyMemory<byte> PublicKey
)
{
    /// <summary>Maximum size of a message, in bytes.</summary>
    public const int MaxSize = 3 * 1024;

    /// <summary>Length of <see cref="PathRequest.Nonce"/> in bytes.</summary>
    public const int NonceSize = 16;

    // Domain separation: the identity key signs nothing else that begins with these.
    private static ReadOnlySpan<byte> RequestContext => "P2PChat path request v1\0"u8;
    private static ReadOnlySpan<byte> AnswerContext => "P2PChat path answer v1\0"u8;

    /// <summary>The signer. Only meaningful after a successful verification.</summary>
    public PeerId Signer => PeerId.FromPublicKey(PublicKey.Span);

    /// <summary>SHA-256 of the content, which an answer names.</summary>
    public byte[] Hash => SHA256.HashData(Content.Span);

    public static SignedPath Sign(PathRequest request, ECDsa key) => Sign(request, RequestContext, key);

    public static SignedPath Sign(PathAnswer answer, ECDsa key) => Sign(answer, AnswerContext, key);

    /// <summary>
    /// Checks the signature, the form and the time. The caller must check the directory, the names and the keys.
    /// </summary>
    /// <exception cref="RecordException">The request is invalid.</exception>
    public PathRequest VerifyRequest(DateTimeOffset now)
    {
        var request = Verify(PathRequest.Parser, RequestContext);
        if (
            request.DirectoryId.Length != SignedRecord.DirectoryIdSize
            || request.Nonce.Length != NonceSize
            || request.ToPeerId.Length != SHA256.HashSizeInBytes
            || !IsName(request.From)
            || !IsName(request.To)
        )
        {
            throw Malformed("A path request needs a directory id, two usernames, a PeerId of 32 bytes and a nonce.");
        }

        CheckCandidates(request.Candidates);
        var offset = (decimal)request.SentAt - now.ToUnixTimeMilliseconds();
        return Math.Abs(offset) <= (decimal)SignedRecord.ClockSkew.TotalMilliseconds
            ? request
            : throw new RecordException(
                RecordError.ClockSkew,
                "The path request's time differs from now by more than 5 minutes. Check both machines' clocks."
            );
    }

    /// <summary>Checks the signature and the form, and that it answers this request.</summary>
    /// <exception cref="RecordException">The answer is invalid, or it answers another request.</exception>
    public PathAnswer VerifyAnswer(SignedPath request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var answer = Verify(PathAnswer.Parser, AnswerContext);
        CheckCandidates(answer.Candidates);
        return answer.RequestHash.Span.SequenceEqual(request.Hash)
            ? answer
            : throw Malformed("The path answer is for another request.");
    }

    private static SignedPath Sign(IMessage message, ReadOnlySpan<byte> context, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(key);
        var bytes = message.ToByteArray();
        return new SignedPath(bytes, IdentityKey.Sign(key, [.. context, .. bytes]), key.ExportSubjectPublicKeyInfo());
    }

    private T Verify<T>(MessageParser<T> parser, ReadOnlySpan<byte> context)
        where T : class, IMessage<T>, new()
    {
        if (Content.Length is 0 or > MaxSize)
        {
            throw Malformed($"A path message must have 1 to {MaxSize} bytes, not {Content.Length}.");
        }

        if (!IdentityKey.IsWellFormed(PublicKey.Span))
        {
            throw new RecordException(
                RecordError.UnsupportedKey,
                "The public key must be a P-256 key, as DER SubjectPublicKeyInfo with an uncompressed point."
            );
        }

        if (!IdentityKey.Verify(PublicKey.Span, [.. context, .. Content.Span], Signature.Span))
        {
            throw new RecordException(
                RecordError.BadSignature,
                "The signature does not match the path message and the public key."
            );
        }

        return Protobuf.TryParse(parser, new T().Descriptor, new ReadOnlySequence<byte>(Content))
            ?? throw Malformed("The path message is not valid Protobuf.");
    }

    private static void CheckCandidates(RepeatedField<Endpoint> candidates)
    {
        if (candidates.Count > SignedRecord.MaxEndpoints)
        {
            throw Malformed($"A path message can have at most {SignedRecord.MaxEndpoints} candidates.");
        }

        if (!candidates.All(SignedRecord.IsEndpoint))
        {
            throw Malformed("A candidate needs a host name or IP address, and a port from 1 to 65535.");
        }
    }

    private static bool IsName(string name) => Username.TryParse(name, out var parsed) && parsed.Value == name;

    private static RecordException Malformed(string message) => new(RecordError.Malformed, message);
}

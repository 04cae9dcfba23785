using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Invites;

/// <summary>
/// The secret of an invite, 16 random bytes, and the values derived from it by HKDF-SHA256 (RFC 5869) without salt
/// (docs/protocol.md, section 16). None of the derived values reveals the secret or another of them.
/// </summary>
public sealed class InviteSecret
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    /// <summary>Length of <see cref="Id"/>, in bytes.</summary>
    public const int IdSize = 16;

    private const int ShortIdLength = 8;

    private readonly byte[] _secret;

    /// <exception cref="ArgumentException">The secret is not 16 bytes long.</exception>
    public InviteSecret(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != Size)
        {
            throw new ArgumentException($"An invite's secret must have {Size} bytes, not {secret.Length}.");
        }

        _secret = secret.ToArray();
        Id = Derive("id", IdSize);
        ProofKey = Derive("proof", HMACSHA256.HashSizeInBytes);
        MailCapability = Derive("mail", MailboxCapability.Size);
        JoinCode = Derive("join", JoinCodes.Size);
    }

    public ReadOnlySpan<byte> Bytes => _secret;

    /// <summary>Identifies the invite in a request, 16 bytes.</summary>
    public ReadOnlyMemory<byte> Id { get; }

    /// <summary>Lets the joiner deposit mail for the inviter, 32 bytes (section 11).</summary>
    public ReadOnlyMemory<byte> MailCapability { get; }

    /// <summary>Lets the joiner register at a directory that requires a join token, 32 bytes.</summary>
    public ReadOnlyMemory<byte> JoinCode { get; }

    internal ReadOnlyMemory<byte> ProofKey { get; }

    public static InviteSecret New() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>The first eight characters of an invite's id in base32, for people.</summary>
    public static string ShortIdOf(ReadOnlySpan<byte> id) => Base32.Encode(id)[..ShortIdLength];

    /// <inheritdoc cref="Base32.Encode"/>
    internal string Encode() => Base32.Encode(_secret);

    internal static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out InviteSecret? secret)
    {
        Span<byte> bytes = stackalloc byte[Size];
        secret = Base32.TryDecode(text, bytes) ? new InviteSecret(bytes) : null;
        return secret is not null;
    }

    private byte[] Derive(string purpose, int length) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            _secret,
            length,
            info: Encoding.ASCII.GetBytes($"P2PChat invite v1 {purpose}")
        );
}

using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Invites;

/// <summary>
/// Proves in a request that its sender has the secret of an invite (docs/protocol.md, section 16): HMAC-SHA256
/// (RFC 2104) over directory, inviter, joiner and the joiner's name, so that it is of no use to anybody else.
/// </summary>
public static class InviteProof
{
    /// <summary>Length in bytes.</summary>
    public const int Size = HMACSHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Context => "P2PChat invite v1\0"u8;

    /// <param name="directoryId">The directory's id, 16 bytes.</param>
    public static byte[] Compute(
        InviteSecret secret,
        ReadOnlySpan<byte> directoryId,
        PeerId inviter,
        PeerId joiner,
        Username joinerName
    )
    {
        ArgumentNullException.ThrowIfNull(secret);
        return HMACSHA256.HashData(
            secret.ProofKey.Span,
            [
                .. Context,
                .. directoryId,
                .. inviter.Bytes,
                .. joiner.Bytes,
                .. Encoding.ASCII.GetBytes(joinerName.Value),
            ]
        );
    }

    /// <summary>Compares a proof with the expected one in constant time.</summary>
    public static bool Verify(
        ReadOnlySpan<byte> proof,
        InviteSecret secret,
        ReadOnlySpan<byte> directoryId,
        PeerId inviter,
        PeerId joiner,
        Username joinerName
    ) => CryptographicOperations.FixedTimeEquals(proof, Compute(secret, directoryId, inviter, joiner, joinerName));
}

using System.Security.Cryptography;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Proves to the moderator who made an invite link to a room that a peer has its secret: HMAC-SHA256 (RFC 2104) over
/// room, moderator and joiner, so that it is of no use to anybody else.
/// </summary>
public static class RoomInviteProof
{
    /// <summary>Length in bytes.</summary>
    public const int Size = HMACSHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Context => "P2PChat room invite v1\0"u8;

    public static byte[] Compute(InviteSecret secret, RoomEventId room, PeerId moderator, PeerId joiner)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return HMACSHA256.HashData(
            secret.ProofKey.Span,
            [.. Context, .. room.ToBytes(), .. moderator.Bytes, .. joiner.Bytes]
        );
    }

    /// <summary>Compares a proof with the expected one in constant time.</summary>
    public static bool Verify(
        ReadOnlySpan<byte> proof,
        InviteSecret secret,
        RoomEventId room,
        PeerId moderator,
        PeerId joiner
    ) => CryptographicOperations.FixedTimeEquals(proof, Compute(secret, room, moderator, joiner));
}

using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>A claimed name.</summary>
internal sealed class Claim
{
    public required string Username { get; init; }

    public required string PeerId { get; init; }

    public required string Claimant { get; init; }

    public long Sequence { get; set; }

    public bool Ephemeral { get; set; }

    public bool Unlisted { get; set; }

    public SignedRecord? Signed { get; set; }

    /// <summary>Empty without a lease.</summary>
    public string TokenHash { get; set; } = "";

    /// <summary>Whether there is a lease, which may have expired since the last sweep.</summary>
    public bool Online { get; set; }

    /// <summary>When the lease ends; without a lease, when the claim ends.</summary>
    public DateTimeOffset Ends { get; set; }

    /// <summary>When the peer was last seen. Valid only without a lease.</summary>
    public DateTimeOffset LastSeen { get; set; }

    /// <summary>Null until the owner first uses it.</summary>
    public MemoryMailbox? Mailbox { get; set; }

    /// <summary>Whether a live lease has this token.</summary>
    public bool IsHeldBy(string tokenHash, DateTimeOffset now) =>
        Online
        && Ends > now
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(TokenHash),
            Encoding.ASCII.GetBytes(tokenHash)
        );
}

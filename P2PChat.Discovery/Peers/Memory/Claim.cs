using P2PChat.Discovery.Mailbox.Memory;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers.Memory;

/// <summary>A name and whose it is.</summary>
internal sealed class Claim
{
    public required string Username { get; init; }

    public required string PeerId { get; init; }

    public required string Claimant { get; init; }

    public long Sequence { get; set; }

    public bool Ephemeral { get; set; }

    public bool Unlisted { get; set; }

    public SignedRecord? Signed { get; set; }

    /// <summary>Empty while no lease lives.</summary>
    public string TokenHash { get; set; } = "";

    /// <summary>Whether a lease is held; it may have run out and wait for a sweep.</summary>
    public bool Online { get; set; }

    /// <summary>When the lease ends, or, where none is held, the claim.</summary>
    public DateTimeOffset Ends { get; set; }

    /// <summary>When it was last heard of, while no lease is held.</summary>
    public DateTimeOffset LastSeen { get; set; }

    /// <summary>Null where its owner never asked for one.</summary>
    public MemoryMailbox? Mailbox { get; set; }
}

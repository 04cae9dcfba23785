using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>A request to become contacts that went by mail, and waits for an answer.</summary>
/// <param name="Remote">The other peer.</param>
/// <param name="IsOutgoing">Whether this peer has made it.</param>
/// <param name="Capability">Lets the peer that answers deposit mail for the one that asked.</param>
/// <param name="At">When this peer made or received it.</param>
internal sealed record MailRequest(
    PeerId Remote,
    Username Name,
    bool IsOutgoing,
    ReadOnlyMemory<byte> Capability,
    DateTimeOffset At
)
{
    /// <summary>How long this peer's own request waits. The directory keeps it as long.</summary>
    public static readonly TimeSpan SentFor = TimeSpan.FromDays(7);

    /// <summary>How long another peer's request waits for the user.</summary>
    public static readonly TimeSpan ReceivedFor = TimeSpan.FromDays(14);

    /// <summary>Why its invite does not count; null without an invite.</summary>
    public InviteValidity? Invite { get; init; }

    public DateTimeOffset ExpiresAt => At + (IsOutgoing ? SentFor : ReceivedFor);
}

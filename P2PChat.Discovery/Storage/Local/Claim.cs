using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>A claimed name.</summary>
/// <param name="Claimant">Pseudonym of the address that first claimed it.</param>
/// <param name="TakesRequests">Whether the request box is open.</param>
/// <param name="TokenHash">Empty without a lease.</param>
/// <param name="Online">Whether there is a lease, which may have expired since the last sweep.</param>
/// <param name="Ends">When the lease ends; without a lease, when the claim ends.</param>
/// <param name="LastSeen">When the peer was last seen. Valid only without a lease.</param>
/// <param name="ObservedAddress">Empty without a lease, or if none was registered.</param>
internal sealed record Claim(
    string Username,
    string PeerId,
    string Claimant,
    long Sequence,
    bool Ephemeral,
    bool Unlisted,
    bool TakesRequests,
    string TokenHash,
    bool Online,
    DateTimeOffset Ends,
    DateTimeOffset LastSeen,
    string ObservedAddress
)
{
    /// <summary>Whether a live lease has this token.</summary>
    public bool IsHeldBy(string tokenHash, DateTimeOffset now) =>
        Online
        && Ends > now
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(TokenHash),
            Encoding.ASCII.GetBytes(tokenHash)
        );
}

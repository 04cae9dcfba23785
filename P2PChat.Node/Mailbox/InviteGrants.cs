using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// The mailbox capabilities of this peer's invites: which the directory should accept, and which no longer. Not
/// thread-safe.
/// </summary>
internal sealed class InviteGrants(InviteBook invites, TimeProvider timeProvider)
{
    private readonly HashSet<string> _revoked = new(StringComparer.Ordinal);

    /// <summary>
    /// The hashes to grant. A used-up invite keeps its capability until it expires: those who have joined may not have
    /// their own yet, and others may still ask.
    /// </summary>
    /// <exception cref="StoreException">The invites cannot be read.</exception>
    public IEnumerable<string> ToGrant => Hashes(isGranted: true);

    /// <summary>The hashes to revoke. Call <see cref="OnRevoked"/> for each.</summary>
    /// <exception cref="StoreException">The invites cannot be read.</exception>
    public IEnumerable<string> ToRevoke => Hashes(isGranted: false).Where(hash => !_revoked.Contains(hash));

    public void OnRevoked(string hash) => _ = _revoked.Add(hash);

    private List<string> Hashes(bool isGranted)
    {
        var now = timeProvider.GetUtcNow();
        return invites
            .List()
            .Where(invite => (invite.ValidityAt(now) is InviteValidity.Open or InviteValidity.Used) == isGranted)
            .Select(invite => MailboxCapability.HashOf(invite.Secret.MailCapability.Span))
            .ToList();
    }
}

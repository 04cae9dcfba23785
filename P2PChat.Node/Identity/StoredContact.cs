using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Identity;

/// <summary>A contact as it is saved.</summary>
/// <param name="PeerId">The pinned key; null while the next key that the directory gives is to be pinned.</param>
/// <param name="Sequence">The sequence of the newest record that was seen.</param>
/// <param name="Stranger">Whether it was never connected, and is only here because it is blocked.</param>
/// <param name="JoinedByInvite">Whether it was accepted by an invite of this peer.</param>
internal readonly record struct StoredContact(
    PeerId? PeerId,
    ulong Sequence,
    string? Nickname = null,
    VerifiedBy VerifiedBy = VerifiedBy.None,
    bool Blocked = false,
    bool Stranger = false,
    bool JoinedByInvite = false
)
{
    // If a name shows more keys than this, the oldest is dropped. A real one comes again.
    private const int MaxOtherKeys = 4;

    private readonly IReadOnlyList<PeerId>? _otherKeys;

    /// <inheritdoc cref="Contact.OtherKeys"/>
    public IReadOnlyList<PeerId> OtherKeys
    {
        get => _otherKeys ?? [];
        init => _otherKeys = value;
    }

    /// <summary>Adds a key that a warning has shown, as the newest.</summary>
    public StoredContact WithOtherKey(PeerId key) =>
        this with
        {
            OtherKeys = [.. OtherKeys.Where(other => other != key).Append(key).TakeLast(MaxOtherKeys)],
        };

    /// <summary>Pins another key. The contact is then no longer verified.</summary>
    public StoredContact WithTrustedKey(PeerId key) =>
        this with
        {
            PeerId = key,
            Sequence = 0,
            VerifiedBy = VerifiedBy.None,
            JoinedByInvite = false,
            OtherKeys = [],
        };

    /// <summary>Pins a key, unless one is pinned already. The pinned key clears the warning of other keys.</summary>
    /// <param name="verifiedBy">How the key is verified, unless it is verified already.</param>
    public StoredContact WithKey(PeerId key, VerifiedBy verifiedBy, bool joinedByInvite)
    {
        if (PeerId is { } pinned && pinned != key)
        {
            return this;
        }

        var known = this with
        {
            PeerId = key,
            VerifiedBy = VerifiedBy == VerifiedBy.None ? verifiedBy : VerifiedBy,
            JoinedByInvite = JoinedByInvite || joinedByInvite,
        };
        return OtherKeys.Count > 0 ? known with { OtherKeys = [] } : known;
    }

    /// <summary>Records a sequence that binds (<see cref="SignedRecord.IsBinding"/>).</summary>
    /// <returns>Null if a newer one has been seen.</returns>
    public StoredContact? WithSequence(ulong sequence, DateTimeOffset now) =>
        sequence < Sequence && SignedRecord.IsBinding(Sequence, now) ? null
        : sequence == Sequence ? this
        : this with { Sequence = sequence };

    public Contact ToContact(Username name) =>
        new(name, PeerId, Nickname, VerifiedBy, Blocked) { OtherKeys = OtherKeys, JoinedByInvite = JoinedByInvite };
}

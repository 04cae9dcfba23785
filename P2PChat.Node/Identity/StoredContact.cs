using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>A contact as it is saved.</summary>
/// <param name="PeerId">The pinned key; null while the next key that the directory gives is to be pinned.</param>
/// <param name="Sequence">The sequence of the newest record that was seen.</param>
/// <param name="Stranger">Whether it was never connected, and is only here because it is blocked.</param>
internal readonly record struct StoredContact(
    PeerId? PeerId,
    ulong Sequence,
    string? Nickname = null,
    bool Verified = false,
    bool Blocked = false,
    bool Stranger = false
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
            Verified = false,
            OtherKeys = [],
        };

    public Contact ToContact(Username name) => new(name, PeerId, Nickname, Verified, Blocked) { OtherKeys = OtherKeys };
}

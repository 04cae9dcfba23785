using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>The safety number of a contact.</summary>
/// <param name="Digits">Twelve groups of five, see <see cref="SafetyNumber"/>.</param>
/// <param name="QrText">The content of the QR code.</param>
/// <param name="VerifiedBy">How the contact's key was verified.</param>
public sealed record Safety(string Digits, string QrText, VerifiedBy VerifiedBy)
{
    public bool Verified => VerifiedBy != VerifiedBy.None;
}

/// <summary>Manages contacts: accepted keys, nicknames, blocks and safety numbers. Thread-safe.</summary>
public sealed class ContactService
{
    /// <summary>The longest nickname, in characters.</summary>
    public const int MaxNicknameLength = 64;

    private readonly LocalIdentity _self;
    private readonly Contacts _contacts;
    private readonly SessionTable _sessions;
    private readonly PeerStore _store;
    private readonly PeerLookup _lookup;
    private readonly BlockPolicy _blocks;
    private readonly LocalChanges _changes;

    internal ContactService(
        LocalIdentity self,
        Contacts contacts,
        SessionTable sessions,
        PeerStore store,
        PeerLookup lookup,
        BlockPolicy blocks,
        LocalChanges changes
    )
    {
        _self = self;
        _contacts = contacts;
        _sessions = sessions;
        _store = store;
        _lookup = lookup;
        _blocks = blocks;
        _changes = changes;
    }

    /// <summary>All contacts, sorted by name.</summary>
    public IReadOnlyList<Contact> All => _contacts.List();

    /// <returns>Null if the username is not a contact's.</returns>
    public Contact? Find(Username name) => _contacts.Find(name);

    /// <summary>
    /// Pins a contact's new key, which a warning has shown, instead of the old one. Links to the old key are closed,
    /// its queued messages are abandoned, and its capability is revoked.
    /// </summary>
    /// <param name="key">The key, or at least its first seven characters; null if only one was shown.</param>
    /// <returns>The key that is pinned now.</returns>
    /// <exception cref="PeerException">
    /// No warning showed that key, the choice is ambiguous, or the contact is blocked.
    /// </exception>
    public PeerId Trust(Username name, string? key = null)
    {
        _blocks.ThrowIfBlocked(name);
        var accepted = SelectOtherKey(name, key);
        if (!Saving.Apply(() => _contacts.Trust(name, accepted)))
        {
            throw NothingToTrust(name);
        }

        EndOtherKeys(name, accepted);
        _changes.Publish();
        return accepted;
    }

    /// <param name="nickname">Null for none.</param>
    /// <exception cref="PeerException">The nickname is invalid, or the peer is not a contact.</exception>
    public void SetNickname(Username name, string? nickname)
    {
        var trimmed = nickname?.Trim();
        if (
            trimmed is not null
            && (
                trimmed.Length is 0 or > MaxNicknameLength
                || SafeText.Show(trimmed) != trimmed
                || trimmed.Contains('\t', StringComparison.Ordinal)
            )
        )
        {
            throw new PeerException(
                PeerError.BadNickname,
                $"That nickname is not valid. Use 1 to {MaxNicknameLength} printable characters on one line."
            );
        }

        if (!Saving.Apply(() => _contacts.SetNickname(name, trimmed)))
        {
            throw NotAContact(name);
        }

        _changes.Publish();
    }

    /// <summary>
    /// Blocks a peer under this and any other name: its connection is closed as by
    /// <see cref="ConnectionService.Disconnect"/>, and its requests are rejected silently. Returns when that is saved.
    /// </summary>
    /// <exception cref="PeerException">
    /// The name is unknown, its key cannot be looked up, or the block could not be saved.
    /// </exception>
    public async Task BlockAsync(Username name, CancellationToken cancellationToken)
    {
        if (name == _self.Name)
        {
            throw Refusals.ToSelf();
        }

        var peerId = KeyOf(name) ?? (await _lookup.FindAsync(name, cancellationToken)).PeerId;
        Saving.Apply(() => _contacts.Block(name, peerId));
        _changes.Publish();
    }

    /// <exception cref="PeerException">The peer is not blocked.</exception>
    public void Unblock(Username name)
    {
        if (!Saving.Apply(() => _contacts.Unblock(name)))
        {
            throw new PeerException(PeerError.NotBlocked, $"{name} is not blocked. Check the name.");
        }

        _changes.Publish();
    }

    /// <exception cref="PeerException">No key of that peer is known.</exception>
    public Safety Safety(Username name)
    {
        var peerId = KeyOf(name) ?? throw NotAContact(name);
        return new Safety(
            SafetyNumber.Of(_self.PeerId, peerId),
            SafetyNumber.QrText(_self.PeerId, peerId),
            _contacts.Find(name) is { } contact && contact.PeerId == peerId ? contact.VerifiedBy : VerifiedBy.None
        );
    }

    /// <summary>Returns the digits of the safety number for a key.</summary>
    public string SafetyDigits(PeerId key) => SafetyNumber.Of(_self.PeerId, key);

    /// <summary>Compares a safety number with a contact's, and marks the contact as verified if they match.</summary>
    /// <returns>Whether the numbers match.</returns>
    /// <exception cref="PeerException">The digits are not a safety number, or the peer is not a contact.</exception>
    public bool Verify(Username name, string digits)
    {
        if (SafetyNumber.Read(digits) is not { } typed)
        {
            throw new PeerException(
                PeerError.BadSafetyNumber,
                $"That is not a safety number. Give all {SafetyNumber.Digits} digits, in twelve groups of five."
            );
        }

        if (_contacts.Find(name)?.PeerId is not { } peerId)
        {
            throw NotAContact(name);
        }

        if (SafetyNumber.Of(_self.PeerId, peerId) != typed || !Saving.Apply(() => _contacts.SetVerified(name, peerId)))
        {
            return false;
        }

        _changes.Publish();
        return true;
    }

    private PeerId SelectOtherKey(Username name, string? key)
    {
        var keys = _contacts.Find(name)?.OtherKeys ?? [];
        if (keys.Count == 0)
        {
            throw NothingToTrust(name);
        }

        if (key is null && keys is [var only])
        {
            return only;
        }

        var typed = key is null ? "" : WithoutDashes(key).ToUpperInvariant();
        if (
            typed.Length >= keys[0].Short.Length
            && keys.Where(other => WithoutDashes(other.ToString()).StartsWith(typed, StringComparison.Ordinal)).ToList()
                is [var named]
        )
        {
            return named;
        }

        var shown = string.Join(", ", keys.Select(other => other.Short));
        throw new PeerException(
            PeerError.WhichKey,
            key is null
                ? $"Several new keys of {name} have been seen: {shown}. Choose theirs."
                : $"The key does not match exactly one of {name}'s new keys: {shown}. "
                    + "Give at least the first seven characters of one."
        );

        static string WithoutDashes(string text) => text.Trim().Replace("-", "", StringComparison.Ordinal);
    }

    private void EndOtherKeys(Username name, PeerId accepted)
    {
        var keys = _sessions
            .All.Where(session => session.Name == name)
            .Select(session => session.Remote)
            .Concat(
                SessionTable.Guard(_store.Conversations.Accepted).Where(one => one.Name == name).Select(one => one.Key)
            );
        foreach (var key in keys.Where(key => key != accepted).Distinct().ToList())
        {
            _sessions.Use(key, session => session.Lifecycle.RemoveContact());
        }
    }

    // An unknown peer with a session has a key too, even an ephemeral one.
    private PeerId? KeyOf(Username name) =>
        _contacts.Find(name) is { } contact ? contact.PeerId : _sessions.Find(name)?.Remote;

    private PeerException NothingToTrust(Username name) =>
        new(
            PeerError.NothingToTrust,
            _contacts.Find(name)?.PeerId is null
                ? $"No key of {name} is pinned. Connect to {name} to pin the one in the directory."
                : $"No new key of {name} has been seen. Connect to {name} to check for one."
        );

    private static PeerException NotAContact(Username name) =>
        new(PeerError.NotAContact, $"{name} is not a contact. Ask {name} to connect first.");
}

using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>What two people compare.</summary>
/// <param name="Digits">Twelve groups of five, see <see cref="SafetyNumber"/>.</param>
/// <param name="QrText">What the QR code holds.</param>
/// <param name="Verified">Whether it has been compared.</param>
public sealed record Safety(string Digits, string QrText, bool Verified);

/// <content>What the person thinks of others: trust, nicknames, blocks, safety numbers.</content>
public sealed partial class PeerNode
{
    /// <summary>Longest nickname, in characters.</summary>
    public const int MaxNicknameLength = 64;

    /// <summary>Whom this peer knows, by name.</summary>
    public IReadOnlyList<Contact> Contacts => _context.Contacts.List();

    /// <summary>
    /// Pins a contact's new key, which a warning has shown, instead of the old one. Links to the old key are closed, messages
    /// that wait for it are given up, and its capability is revoked.
    /// </summary>
    /// <param name="key">The key, or at least its first seven characters; null if a warning showed only one.</param>
    /// <returns>The key that is pinned now.</returns>
    /// <exception cref="PeerException">No warning showed that key, the choice is ambiguous, or the contact is blocked.</exception>
    public PeerId Trust(Username name, string? key = null)
    {
        RefuseBlocked(name);
        var accepted = OtherKey(name, key);
        if (!Saved(() => _context.Contacts.Trust(name, accepted)))
        {
            throw NothingToTrust(name);
        }

        EndOtherKeys(name, accepted);
        Acted?.Invoke();
        return accepted;
    }

    private PeerId OtherKey(Username name, string? key)
    {
        var keys = _context.Contacts.Find(name)?.OtherKeys ?? [];
        if (keys.Count == 0)
        {
            throw NothingToTrust(name);
        }

        if (key is null && keys is [var only])
        {
            return only;
        }

        var typed = key is null ? "" : Undashed(key).ToUpperInvariant();
        if (
            typed.Length >= keys[0].Short.Length
            && keys.Where(other => Undashed(other.ToString()).StartsWith(typed, StringComparison.Ordinal)).ToList()
                is [var named]
        )
        {
            return named;
        }

        var shown = string.Join(", ", keys.Select(other => other.Short));
        throw key is null
            ? new PeerException(
                PeerError.WhichKey,
                $"Several new keys of {name} have been seen: {shown}. Choose theirs with 'trust {name} <key>'."
            )
            : new PeerException(
                PeerError.WhichKey,
                $"No single key of {name} matches; these have been seen: {shown}. Give at least the first seven characters of one."
            );

        static string Undashed(string text) => text.Trim().Replace("-", "", StringComparison.Ordinal);
    }

    private PeerException NothingToTrust(Username name) =>
        new(
            PeerError.NothingToTrust,
            _context.Contacts.Find(name)?.PeerId is null
                ? $"No key of {name} is pinned. Use 'connect {name}' to pin the one that the directory gives."
                : $"No new key of {name} has been seen. Use 'connect {name}' to check for one."
        );

    private void EndOtherKeys(Username name, PeerId accepted)
    {
        var keys = _sessions
            .All.Where(session => session.Name == name)
            .Select(session => session.Remote)
            .Concat(SessionTable.Guard(_context.Store.Accepted).Where(one => one.Name == name).Select(one => one.Key));
        foreach (var key in keys.Where(key => key != accepted).Distinct().ToList())
        {
            _sessions.Use(key, session => session.Part());
        }
    }

    /// <param name="nickname">Null to have none.</param>
    /// <exception cref="PeerException">It is no nickname, or that peer is not known.</exception>
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
                $"A nickname has 1 to {MaxNicknameLength} characters that can be seen, on one line: choose another."
            );
        }

        if (!Saved(() => _context.Contacts.SetNickname(name, trimmed)))
        {
            throw NotAContact(name);
        }

        Acted?.Invoke();
    }

    /// <summary>
    /// From now on that peer is treated as a stranger who is never let in, under this name or another: a connection is
    /// ended as by <see cref="Disconnect"/>, a request rejected, and no later one is heard of. Returns when that is saved.
    /// </summary>
    /// <exception cref="PeerException">Nobody has the name, or it cannot be found out whose it is.</exception>
    public async Task BlockAsync(Username name, CancellationToken cancellationToken)
    {
        if (name == _context.Self)
        {
            throw ToOneself();
        }

        var peerId = KeyOf(name) ?? (await _lookup.FindAsync(name, cancellationToken)).PeerId;
        // Even if it cannot be saved, it holds while this peer runs: OnBlockChanged has been called by then.
        Saved(() => _context.Contacts.Block(name, peerId));
        Acted?.Invoke();
    }

    // One that is taken back changes nothing by itself: the next time that the two connect they are as new to each other.
    private void OnBlockChanged(Username name, PeerId peerId, bool blocked)
    {
        if (blocked)
        {
            PartWith(name, peerId);
        }
    }

    private void PartWith(Username name, PeerId peerId)
    {
        var parting = _sessions.All.Where(session => session.Remote == peerId || session.Name == name).ToList();
        foreach (var session in parting)
        {
            session.Part();
        }
        // The store may know of more than are in use.
        if (SessionTable.Guard(() => _context.Store.AcceptedName(peerId)) is not null)
        {
            _sessions.Use(peerId, session => session.Part());
        }

        if (_sessions.Find(name) is { } found && !parting.Contains(found))
        {
            _ = found.Part();
        }
    }

    /// <exception cref="PeerException">That peer is not blocked.</exception>
    public void Unblock(Username name)
    {
        if (!Saved(() => _context.Contacts.Unblock(name)))
        {
            throw new PeerException(PeerError.NotBlocked, $"{name} is not blocked: 'contacts' shows who is.");
        }

        Acted?.Invoke();
    }

    /// <exception cref="PeerException">No key of that peer is known.</exception>
    public Safety Safety(Username name)
    {
        var peerId = KeyOf(name) ?? throw NotAContact(name);
        return new Safety(
            SafetyNumber.Of(_context.SelfId, peerId),
            SafetyNumber.QrText(_context.SelfId, peerId),
            IsVerified(name, peerId)
        );
    }

    /// <summary>The digits of the safety number for a key.</summary>
    public string SafetyWith(PeerId key) => SafetyNumber.Of(_context.SelfId, key);

    /// <summary>Compares a safety number that somebody read out, and marks the contact where it is the same.</summary>
    /// <returns>Whether it is the same.</returns>
    /// <exception cref="PeerException">It is no safety number, or that peer's key is not remembered.</exception>
    public bool Verify(Username name, string digits)
    {
        if (SafetyNumber.Read(digits) is not { } typed)
        {
            throw new PeerException(
                PeerError.BadSafetyNumber,
                $"A safety number has {SafetyNumber.Digits} digits: give all twelve groups of five."
            );
        }

        if (_context.Contacts.Find(name)?.PeerId is not { } peerId)
        {
            throw NotAContact(name);
        }

        if (
            SafetyNumber.Of(_context.SelfId, peerId) != typed
            || !Saved(() => _context.Contacts.SetVerified(name, peerId))
        )
        {
            return false;
        }

        Acted?.Invoke();
        return true;
    }

    // The pinned one; or that of whom we talk to, or who asks, though it lives no longer than its process.
    private PeerId? KeyOf(Username name) =>
        _context.Contacts.Find(name) is { } contact ? contact.PeerId : _sessions.Find(name)?.Remote;

    private bool IsVerified(Username name, PeerId peerId) =>
        _context.Contacts.Find(name) is { Verified: true } contact && contact.PeerId == peerId;

    private bool IsBlocked(Username name) =>
        _context.Contacts.IsBlocked(name)
        || (_sessions.Find(name) is { } session && _context.Contacts.IsBlocked(name, session.Remote));

    private void RefuseBlocked(Username name)
    {
        if (IsBlocked(name))
        {
            throw new PeerException(PeerError.Blocked, $"{name} is blocked: 'unblock {name}' first.");
        }
    }

    // For a block that came while the peer was looked up.
    private void EndIfBlocked(Username name)
    {
        if (!IsBlocked(name))
        {
            return;
        }

        _ = _sessions.Find(name)?.Part();
        RefuseBlocked(name);
    }

    private static void Saved(Action change) =>
        Saved(() =>
        {
            change();
            return true;
        });

    private static T Saved<T>(Func<T> change)
    {
        try
        {
            return change();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.NotSaved,
                "That holds while this peer runs, but cannot be saved: free some space or mend the data directory, then say it again."
            );
        }
    }

    private static PeerException NotAContact(Username name) =>
        new(PeerError.NotAContact, $"No key of {name} is remembered: 'connect {name}' first.");
}

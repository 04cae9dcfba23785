using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <content>What the person thinks of them: nicknames, marks, and who is blocked.</content>
public sealed partial class Contacts
{
    /// <summary>
    /// Told, outside of any lock, when a peer has been blocked (true) or is no longer (false), with the key that is
    /// meant: what was given to that peer, a capability for a mailbox for instance, is to be taken back or given anew.
    /// </summary>
    internal event Action<Username, PeerId, bool>? BlockChanged;

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<Contact> List()
    {
        lock (_gate)
        {
            return
            [
                .. _contacts
                    .Select(pair => View(pair.Key, pair.Value))
                    .OrderBy(contact => contact.Name.Value, StringComparer.Ordinal),
            ];
        }
    }

    /// <returns>Null for somebody who is not known.</returns>
    public Contact? Find(Username name)
    {
        lock (_gate)
        {
            return _contacts.TryGetValue(name, out var contact) ? View(name, contact) : null;
        }
    }

    /// <summary>Whether the two have been connected under that key, and the peer is not blocked.</summary>
    public bool IsKnown(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            return _contacts.TryGetValue(name, out var contact)
                && contact is { Stranger: false, Blocked: false }
                && contact.PeerId == peerId;
        }
    }

    public bool IsBlocked(Username name)
    {
        lock (_gate)
        {
            return _contacts.TryGetValue(name, out var contact) && contact.Blocked;
        }
    }

    /// <summary>Whether a name or a key is blocked: who is blocked does not come back under another name.</summary>
    public bool IsBlocked(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            // Asked for each message, and for most there is nobody to look for.
            if (_blocked.Count == 0)
            {
                return false;
            }

            if (_blocked.ContainsKey(name))
            {
                return true;
            }

            foreach (var (_, blocked) in _blocked)
            {
                if (blocked.PeerId == peerId)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <param name="nickname">Null to have none.</param>
    /// <returns>False for somebody who is not known.</returns>
    public bool SetNickname(Username name, string? nickname) =>
        Change(name, contact => contact with { Nickname = nickname });

    /// <summary>Marks that the safety number was compared, if the key is still the one that it was for.</summary>
    /// <returns>False if it is not.</returns>
    public bool SetVerified(Username name, PeerId peerId)
    {
        var isSame = false;
        _ = Change(name, contact =>
        {
            isSame = contact.PeerId == peerId;
            return isSame ? contact with { Verified = true } : contact;
        });
        return isSame;
    }

    /// <summary>Blocks a name and its key; returns when that is saved.</summary>
    /// <param name="peerId">The key, where none is pinned.</param>
    /// <exception cref="IOException">It holds, but cannot be saved; so <see cref="UnauthorizedAccessException"/>.</exception>
    public void Block(Username name, PeerId peerId)
    {
        bool changed;
        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact))
            {
                _ = _strangers.Remove(name, out var sequence);
                contact = new ContactState(peerId, sequence, null, Verified: false, Blocked: false, Stranger: true);
            }

            peerId = contact.PeerId ?? peerId;
            changed = !contact.Blocked;
            if (changed)
            {
                Set(name, contact with { PeerId = peerId, Blocked = true });
            }
        }

        if (changed)
        {
            BlockChanged?.Invoke(name, peerId, true);
        }

        _writer.Flush();
    }

    /// <summary>Takes a block back; returns when that is saved.</summary>
    /// <returns>False if that peer was not blocked.</returns>
    /// <exception cref="IOException">It holds, but cannot be saved; so <see cref="UnauthorizedAccessException"/>.</exception>
    public bool Unblock(Username name)
    {
        PeerId? peerId;
        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact) || !contact.Blocked)
            {
                return false;
            }
            // None where an older program has forgotten it.
            peerId = contact.PeerId;
            if (contact.Stranger)
            {
                // Pinned only to be blocked: what remains is that no older record of that name is taken.
                _ = _contacts.Remove(name);
                _ = _blocked.Remove(name);
                _strangers[name] = contact.Sequence;
                _writer.Changed();
            }
            else
            {
                Set(name, contact with { Blocked = false });
            }
        }

        if (peerId is { } key)
        {
            BlockChanged?.Invoke(name, key, false);
        }

        _writer.Flush();
        return true;
    }

    // Returns when it is saved, for a person has asked for it.
    private bool Change(Username name, Func<ContactState, ContactState> change)
    {
        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact))
            {
                return false;
            }

            Set(name, change(contact));
        }

        _writer.Flush();
        return true;
    }

    private static Contact View(Username name, ContactState contact) =>
        new(name, contact.PeerId, contact.Nickname, contact.Verified, contact.Blocked)
        {
            OtherKeys = contact.OtherKeys,
        };
}

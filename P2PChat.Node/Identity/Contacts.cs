using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Identity;

/// <summary>
/// The peers that this one has been connected to, with their pinned keys, nicknames, marks and blocks. Also the
/// sequences of the newest records. Changes take effect at once and are saved soon, at the latest on disposal.
/// Thread-safe.
/// </summary>
public sealed class Contacts : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ContactsWriter _writer;
    private readonly Dictionary<Username, StoredContact> _contacts = [];
    private readonly BlockedContacts _blocked = new();
    private readonly RecordSequences _sequences = new();

    /// <param name="store">Null to keep the contacts in memory only.</param>
    /// <exception cref="PeerStartException">What is stored is damaged or cannot be read.</exception>
    internal Contacts(IContactStore? store, ILogger<Contacts> logger)
    {
        _writer = new ContactsWriter(store, logger);
        if (store is not null)
        {
            (_sequences.Own, _contacts) = store.Load();
            _blocked.Set(_contacts);
        }
    }

    /// <summary>
    /// Raised outside any lock, before a block or its end is saved: true for a block. Handlers take back what the peer
    /// was given, such as a mailbox capability.
    /// </summary>
    internal event Action<Username, PeerId, bool>? BlockChanged;

    /// <summary>Grows with each change of a contact.</summary>
    internal int Version { get; private set; }

    /// <summary>Lists all contacts by name.</summary>
    public IReadOnlyList<Contact> List()
    {
        lock (_gate)
        {
            return
            [
                .. _contacts
                    .Select(pair => pair.Value.ToContact(pair.Key))
                    .OrderBy(contact => contact.Name.Value, StringComparer.Ordinal),
            ];
        }
    }

    /// <returns>Null if the name is unknown.</returns>
    public Contact? Find(Username name)
    {
        lock (_gate)
        {
            return _contacts.TryGetValue(name, out var contact) ? contact.ToContact(name) : null;
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
            return _blocked.Contains(name);
        }
    }

    /// <summary>
    /// Whether a name or a key is blocked, so that a blocked peer does not return under another name.
    /// </summary>
    public bool IsBlocked(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            return _blocked.Contains(name, peerId);
        }
    }

    /// <summary>Compares a key with the pinned one.</summary>
    public PinCheck Check(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            return _contacts.GetValueOrDefault(name) is not { Blocked: false, PeerId: { } pinned } ? PinCheck.NotPinned
                : pinned == peerId ? PinCheck.Same
                : PinCheck.Changed;
        }
    }

    /// <summary>Records that a warning showed this key for a pinned name, so that the user may trust it.</summary>
    public void NoteOtherKey(Username name, PeerId key)
    {
        lock (_gate)
        {
            if (
                _contacts.GetValueOrDefault(name) is { Blocked: false, PeerId: { } pinned } contact
                && pinned != key
                && !(contact.OtherKeys is [.., var newest] && newest == key)
            )
            {
                Set(name, contact.WithOtherKey(key));
            }
        }
    }

    /// <summary>
    /// Pins a name to another key that a warning has shown, and returns when that is saved. The contact is then no
    /// longer verified.
    /// </summary>
    /// <returns>False if no warning showed the key, the name is not pinned, or the contact is blocked.</returns>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public bool Trust(Username name, PeerId key) =>
        // A block applies to the key as well.
        Change(name, contact =>
            !contact.Blocked && contact.OtherKeys.Contains(key) ? contact.WithTrustedKey(key) : null
        );

    /// <summary>
    /// Pins a name's key at the first connection; later ones do not change it. A connection with the pinned key clears
    /// the warning of other keys, because the old key still works.
    /// </summary>
    /// <param name="verifiedBy">How the key is verified, unless it is verified already.</param>
    public void Remember(
        Username name,
        PeerId peerId,
        VerifiedBy verifiedBy = VerifiedBy.None,
        bool joinedByInvite = false
    )
    {
        lock (_gate)
        {
            var isKnown = _contacts.TryGetValue(name, out var known);
            var contact = isKnown ? known : new StoredContact(peerId, _sequences.Remove(name));
            contact = contact.WithKey(peerId, verifiedBy, joinedByInvite);
            if (!isKnown || contact != known)
            {
                Set(name, contact);
            }
        }
    }

    /// <summary>Pins the key in an invite link as verified, and returns when that is saved.</summary>
    /// <returns>False if another key is pinned.</returns>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public bool PinInviter(Username name, PeerId key)
    {
        lock (_gate)
        {
            if (Check(name, key) == PinCheck.Changed)
            {
                return false;
            }

            Remember(name, key, VerifiedBy.Invite);
        }

        _writer.Flush();
        return true;
    }

    /// <summary>Sets or removes a nickname, and returns when that is saved.</summary>
    /// <param name="nickname">Null to remove it.</param>
    /// <returns>False if the name is unknown.</returns>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public bool SetNickname(Username name, string? nickname) =>
        Change(name, contact => contact with { Nickname = nickname });

    /// <summary>Marks a contact's key as compared, and returns when that is saved.</summary>
    /// <returns>False if another key is pinned by now.</returns>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public bool SetVerified(Username name, PeerId peerId) =>
        Change(name, contact => contact.PeerId == peerId ? contact with { VerifiedBy = VerifiedBy.Comparison } : null);

    /// <summary>Blocks a name and its key, and returns when that is saved.</summary>
    /// <param name="peerId">The key to block if none is pinned.</param>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public void Block(Username name, PeerId peerId)
    {
        StoredContact blocked;
        bool isNew;
        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact))
            {
                contact = new StoredContact(peerId, _sequences.Remove(name), Stranger: true);
            }

            isNew = !contact.Blocked;
            blocked = contact with { PeerId = contact.PeerId ?? peerId, Blocked = true };
            SetInMemory(name, blocked);
        }

        if (isNew)
        {
            try
            {
                // Handlers remove the contact from its conversation first. A crash in between leaves no block without
                // that.
                BlockChanged?.Invoke(name, blocked.PeerId!.Value, true);
            }
            finally
            {
                // Also if a handler fails: the block applies already, and another call would not save it.
                SaveIfUnchanged(name, blocked);
            }
        }

        _writer.Flush();
    }

    /// <summary>Ends a block, and returns when that is saved.</summary>
    /// <returns>False if the peer was not blocked.</returns>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public bool Unblock(Username name)
    {
        PeerId? peerId;
        lock (_gate)
        {
            if (!_blocked.TryGet(name, out var contact))
            {
                return false;
            }

            // Null if an older program has removed it.
            peerId = contact.PeerId;
            if (contact.Stranger)
            {
                _ = _contacts.Remove(name);
                Version++;
                _blocked.Remove(name);
                // Older records of that name are still refused.
                _sequences.Set(name, contact.Sequence);
                _writer.Save(name, null);
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

    /// <summary>
    /// Remembers a record's sequence. A sequence in the future is neither kept nor enforced
    /// (<see cref="SignedRecord.IsBinding"/>), because it would make the name unusable until that time.
    /// </summary>
    /// <returns>False if a newer record of that name has been seen.</returns>
    public bool NoteSequence(Username name, ulong sequence, DateTimeOffset now)
    {
        if (!SignedRecord.IsBinding(sequence, now))
        {
            return true;
        }

        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact))
            {
                return _sequences.Note(name, sequence, now);
            }

            if (contact.WithSequence(sequence, now) is not { } noted)
            {
                return false;
            }

            if (noted != contact)
            {
                Set(name, noted);
            }

            return true;
        }
    }

    /// <summary>
    /// Gets the sequence for this peer's next record: above the last one, and not below the time. A last sequence in
    /// the future came from a wrong clock and is ignored, because no directory accepts a higher one.
    /// </summary>
    /// <param name="above">
    /// The sequence that the directory says it has seen. It is ignored if no directory could have accepted it: a lying
    /// directory would raise the sequence beyond what any other accepts.
    /// </param>
    public ulong NextOwnSequence(DateTimeOffset now, ulong above = 0)
    {
        lock (_gate)
        {
            var sequence = _sequences.NextOwn(now, above);
            _writer.SaveOwnSequence(sequence);
            return sequence;
        }
    }

    /// <summary>Returns when all changes are saved.</summary>
    /// <exception cref="IOException">The changes cannot be saved.</exception>
    public void Flush() => _writer.Flush();

    public void Dispose() => _writer.Dispose();

    // Returns once the change is saved. The function returns null to refuse.
    private bool Change(Username name, Func<StoredContact, StoredContact?> change)
    {
        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact) || change(contact) is not { } changed)
            {
                return false;
            }

            Set(name, changed);
        }

        _writer.Flush();
        return true;
    }

    private void Set(Username name, StoredContact contact)
    {
        SetInMemory(name, contact);
        _writer.Save(name, contact);
    }

    private void SetInMemory(Username name, StoredContact contact)
    {
        _contacts[name] = contact;
        Version++;
        _blocked.Set(name, contact);
    }

    private void SaveIfUnchanged(Username name, StoredContact contact)
    {
        lock (_gate)
        {
            // A handler, or another thread, may have changed and saved it meanwhile.
            if (_contacts.TryGetValue(name, out var current) && current == contact)
            {
                _writer.Save(name, contact);
            }
        }
    }
}

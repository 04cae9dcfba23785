using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Identity;

/// <summary>What a name's pin says about a key.</summary>
public enum PinCheck
{
    /// <summary>The two have never been connected; or the name is blocked, and so counts as a stranger's.</summary>
    NotPinned,
    Same,

    /// <summary>The name was pinned to another key.</summary>
    Changed,
}

/// <summary>
/// Whom this peer has been connected to, under which key, and what its person thinks of them; the newest record that it
/// has seen of each name; and the sequence of its own last record. It is saved soon after each change, and at the latest
/// when it is disposed. Thread-safe.
/// </summary>
public sealed partial class Contacts : IDisposable
{
    // If a name shows more keys than this, the oldest is dropped. A real one comes again.
    private const int MaxOtherKeys = 4;

    // Names that were looked up and never connected to: enough for a large directory, bounded for a hostile one.
    private const int MaxStrangers = 10_000;

    private readonly Lock _gate = new();
    private readonly ContactsWriter _writer;
    private readonly Dictionary<Username, ContactState> _contacts;

    // Asked for each message.
    private readonly Dictionary<Username, ContactState> _blocked;
    private readonly Dictionary<Username, ulong> _strangers = [];
    private ulong _ownSequence;

    /// <param name="directory">Null to keep all in memory.</param>
    /// <exception cref="PeerStartException">The file is damaged, of a newer version, or cannot be read.</exception>
    public Contacts(DataDirectory? directory, ILogger<Contacts> logger)
    {
        _writer = new ContactsWriter(directory, Content, logger);
        (_ownSequence, _contacts) = directory?.Read(ContactsFile.FileName) is { } json
            ? ContactsFile.Parse(json, Path.Combine(directory.FullPath, ContactsFile.FileName))
            : (0, []);
        _blocked = _contacts.Where(pair => pair.Value.Blocked).ToDictionary();
    }

    public PinCheck Check(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            if (!_contacts.TryGetValue(name, out var contact) || contact.Blocked || contact.PeerId is not { } pinned)
            {
                return PinCheck.NotPinned;
            }

            return pinned == peerId ? PinCheck.Same : PinCheck.Changed;
        }
    }

    /// <summary>Notes that a warning showed this key for a pinned name, so that a trust may accept it.</summary>
    public void NoteOtherKey(Username name, PeerId key)
    {
        lock (_gate)
        {
            if (
                !_contacts.TryGetValue(name, out var contact)
                || contact.Blocked
                || contact.PeerId is not { } pinned
                || pinned == key
            )
            {
                return;
            }

            if (contact.OtherKeys is [.., var newest] && newest == key)
            {
                return;
            }

            var keys = contact.OtherKeys.Where(other => other != key).Append(key);
            Set(name, contact with { OtherKeys = [.. keys.TakeLast(MaxOtherKeys)] });
        }
    }

    /// <summary>
    /// Pins a name to another key that a warning has shown. The contact is then no longer verified. Returns when that is
    /// saved.
    /// </summary>
    /// <returns>False if no warning showed the key, the name is not pinned, or the contact is blocked.</returns>
    /// <exception cref="IOException">It holds, but cannot be saved; so <see cref="UnauthorizedAccessException"/>.</exception>
    public bool Trust(Username name, PeerId key)
    {
        lock (_gate)
        {
            // A block applies to the key as well.
            if (!_contacts.TryGetValue(name, out var contact) || contact.Blocked || !contact.OtherKeys.Contains(key))
            {
                return false;
            }

            Set(name, contact with { PeerId = key, Sequence = 0, Verified = false, OtherKeys = [] });
        }

        _writer.Flush();
        return true;
    }

    /// <summary>
    /// Pins a name's key at the first connection; later ones do not change it. A connection with the pinned key clears the
    /// warning of other keys, because the old key still works.
    /// </summary>
    public void Remember(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            Pin(name, peerId);
            if (_contacts[name] is { OtherKeys.Count: > 0 } contact && contact.PeerId == peerId)
            {
                Set(name, contact with { OtherKeys = [] });
            }
        }
    }

    /// <summary>Pins a name to a key if it is pinned to none. Nobody has shown the key now: a warning of another stays.</summary>
    public void Pin(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            if (_contacts.TryGetValue(name, out var contact))
            {
                if (contact.PeerId is null)
                {
                    Set(name, contact with { PeerId = peerId });
                }

                return;
            }

            _ = _strangers.Remove(name, out var sequence);
            Set(name, new ContactState(peerId, sequence, null, Verified: false, Blocked: false, Stranger: false));
        }
    }

    /// <summary>
    /// Notes a record's sequence. A sequence in the future is neither kept nor enforced
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
            if (_contacts.TryGetValue(name, out var contact))
            {
                if (sequence <= contact.Sequence && SignedRecord.IsBinding(contact.Sequence, now))
                {
                    return sequence == contact.Sequence;
                }

                Set(name, contact with { Sequence = sequence });
                return true;
            }

            if (_strangers.TryGetValue(name, out var seen) && sequence < seen && SignedRecord.IsBinding(seen, now))
            {
                return false;
            }

            if (_strangers.Count >= MaxStrangers)
            {
                _strangers.Clear();
            }

            _strangers[name] = sequence;
            return true;
        }
    }

    /// <summary>
    /// The sequence for this peer's next record: above the last one, and not below the time. A last one in the future came
    /// from a wrong clock and is ignored, because no directory accepts a higher one.
    /// </summary>
    /// <param name="above">
    /// What the directory says that it has seen. Not believed where no directory could have taken it: one that lies would
    /// raise the sequence for good, beyond what any other takes.
    /// </param>
    public ulong NextOwnSequence(DateTimeOffset now, ulong above = 0)
    {
        if (above > (ulong)(now + 2 * SignedRecord.ClockSkew).ToUnixTimeMilliseconds())
        {
            above = 0;
        }

        lock (_gate)
        {
            if (_ownSequence >= SignedRecord.LatestSequence(now))
            {
                _ownSequence = 0;
            }

            _ownSequence = Math.Max(Math.Max(_ownSequence, above) + 1, (ulong)now.ToUnixTimeMilliseconds());
            _writer.Changed();
            return _ownSequence;
        }
    }

    /// <summary>Returns when all that has changed is saved.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Flush() => _writer.Flush();

    public void Dispose() => _writer.Dispose();

    private void Set(Username name, ContactState contact)
    {
        _contacts[name] = contact;
        if (contact.Blocked)
        {
            _blocked[name] = contact;
        }
        else
        {
            _ = _blocked.Remove(name);
        }

        _writer.Changed();
    }

    private string Content()
    {
        lock (_gate)
        {
            return ContactsFile.Write(_ownSequence, _contacts);
        }
    }
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>The blocked contacts, kept apart because each message is checked against them. Not thread-safe.</summary>
internal sealed class BlockedContacts
{
    private readonly Dictionary<Username, StoredContact> _blocked = [];

    /// <summary>Adds the blocked ones of these contacts.</summary>
    public void Set(IReadOnlyDictionary<Username, StoredContact> contacts)
    {
        foreach (var (name, contact) in contacts)
        {
            Set(name, contact);
        }
    }

    /// <summary>Adds or removes a contact, depending on whether it is blocked.</summary>
    public void Set(Username name, StoredContact contact)
    {
        if (contact.Blocked)
        {
            _blocked[name] = contact;
        }
        else
        {
            _ = _blocked.Remove(name);
        }
    }

    public void Remove(Username name) => _blocked.Remove(name);

    public bool TryGet(Username name, out StoredContact contact) => _blocked.TryGetValue(name, out contact);

    public bool Contains(Username name) => _blocked.ContainsKey(name);

    /// <summary>Whether a name or a key is blocked.</summary>
    public bool Contains(Username name, PeerId peerId)
    {
        var isBlocked = _blocked.ContainsKey(name);
        // Not LINQ, because this runs for each message.
        foreach (var (_, blocked) in _blocked)
        {
            isBlocked |= blocked.PeerId == peerId;
        }

        return isBlocked;
    }
}

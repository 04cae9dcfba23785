using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Rooms;

/// <summary>The names of the people in rooms, as the contacts are at one moment.</summary>
internal sealed class RoomPeople
{
    private readonly Username _self;
    private readonly Contacts _known;
    private readonly SessionTable _sessions;
    private readonly PeerStore _store;
    private readonly (int Contacts, long Names) _version;
    private readonly Dictionary<PeerId, Contact> _contacts = [];
    private readonly HashSet<Username> _names = [];
    private readonly Lazy<AcceptedNames> _accepted;

    public RoomPeople(Contacts contacts, SessionTable sessions, PeerStore store, Username self)
    {
        (_self, _sessions, _known, _store) = (self, sessions, contacts, store);
        // Taken before the names are read, so that a change in between is noticed.
        _version = (contacts.Version, store.Writer.NamesVersion);
        // Without caching a failure of the store.
        _accepted = new Lazy<AcceptedNames>(() => AcceptedNames.Read(store), LazyThreadSafetyMode.PublicationOnly);
        foreach (var contact in contacts.List())
        {
            _ = _names.Add(contact.Name);
            if (contact.PeerId is { } key)
            {
                _contacts[key] = contact;
            }
        }
    }

    /// <summary>Whether nothing has changed since.</summary>
    public bool IsCurrent => _version == (_known.Version, _store.Writer.NamesVersion);

    public bool IsBlocked(PeerId key) => _contacts.GetValueOrDefault(key) is { Blocked: true };

    public RoomPerson Of(RoomHost room, PeerId key)
    {
        if (key == room.Self)
        {
            return new RoomPerson(key, _self, HasCheckedName: true);
        }

        if (_contacts.GetValueOrDefault(key) is { } contact)
        {
            return new RoomPerson(key, contact.Name, HasCheckedName: true) { IsContact = true };
        }

        // Checked when the two were accepted or connected, also if the key is not pinned. The name may have another
        // owner since.
        var confirmed = _sessions.FindInMemory(key)?.Name ?? _accepted.Value.Of(key);
        if (confirmed is { } known && IsFree(known) && _accepted.Value.MayHave(key, known))
        {
            return new RoomPerson(key, known, HasCheckedName: true);
        }

        var given = room.Machine.UsernameOf(key);
        return new RoomPerson(key, given is { } name && IsFree(name) ? name : null, HasCheckedName: false);
    }

    // A member may call itself what it likes, but not by the name of somebody whom the user knows.
    private bool IsFree(Username name) => name != _self && !_names.Contains(name);

    private sealed class AcceptedNames
    {
        private readonly Dictionary<PeerId, Username> _names = [];
        private readonly Dictionary<Username, PeerId> _newest = [];

        public static AcceptedNames Read(PeerStore store)
        {
            var read = new AcceptedNames();
            foreach (var (name, key) in SessionTable.Guard(store.Conversations.Accepted))
            {
                _ = read._names.TryAdd(key, name);
                _ = read._newest.TryAdd(name, key);
            }

            return read;
        }

        public Username? Of(PeerId key) => _names.TryGetValue(key, out var name) ? name : null;

        public bool MayHave(PeerId key, Username name) => !_newest.TryGetValue(name, out var newest) || newest == key;
    }
}

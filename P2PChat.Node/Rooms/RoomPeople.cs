using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Rooms;

/// <summary>The names of the people in rooms, as the contacts are at one moment.</summary>
internal sealed class RoomPeople
{
    private readonly Username _self;
    private readonly SessionTable _sessions;
    private readonly Dictionary<PeerId, Contact> _contacts = [];
    private readonly HashSet<Username> _names = [];

    public RoomPeople(Contacts contacts, SessionTable sessions, Username self)
    {
        (_self, _sessions) = (self, sessions);
        foreach (var contact in contacts.List())
        {
            _ = _names.Add(contact.Name);
            if (contact.PeerId is { } key)
            {
                _contacts[key] = contact;
            }
        }
    }

    public bool IsBlocked(PeerId key) => _contacts.GetValueOrDefault(key) is { Blocked: true };

    public RoomPerson Of(RoomHost room, PeerId key)
    {
        if (key == room.Self)
        {
            return new RoomPerson(key, _self, HasCheckedName: true);
        }

        if (_contacts.GetValueOrDefault(key) is { } contact)
        {
            return new RoomPerson(key, contact.Name, HasCheckedName: true);
        }

        // Checked when the two connected, also if the key is not pinned.
        if (_sessions.FindInMemory(key)?.Name is { } confirmed)
        {
            return new RoomPerson(key, confirmed, HasCheckedName: true);
        }

        // A member may call itself what it likes, but not by the name of somebody whom the user knows.
        var given = room.Machine.UsernameOf(key);
        return new RoomPerson(
            key,
            given is { } name && name != _self && !_names.Contains(name) ? name : null,
            HasCheckedName: false
        );
    }
}

using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Rooms;

/// <summary>Tells the rooms whom the user has blocked.</summary>
internal sealed class RoomBlocks(Contacts contacts, RoomBook book)
{
    public void Start()
    {
        contacts.BlockChanged += (_, _, _) => Update();
        Update();
    }

    // Read under the lock, so that of two changes the later one is applied last.
    private void Update()
    {
        lock (book.Gate)
        {
            book.Blocked = contacts
                .List()
                .Where(contact => contact.Blocked)
                .Select(contact => contact.PeerId)
                .OfType<PeerId>()
                .ToHashSet();
        }
    }
}

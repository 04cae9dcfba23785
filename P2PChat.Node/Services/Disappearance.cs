using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Erases messages whose time has run out, and tells the open views. Thread-safe.</summary>
internal sealed class Disappearance(PeerStore store, MessageClock messageClock, EventLog events, LocalChanges changes)
{
    /// <exception cref="StoreException">The store cannot be read or written.</exception>
    public async Task SweepAsync()
    {
        foreach (var message in await store.Disappearing.SweepAsync(() => messageClock.Now))
        {
            events.Erase(message.Erased());
            events.Add(new PeerEvent.MessageDisappeared(message.With, message.Id));
            changes.PublishDeleted(message.With, message.Id);
        }
    }
}

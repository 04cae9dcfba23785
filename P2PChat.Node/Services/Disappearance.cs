using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Erases messages whose time has run out, and tells the open views. Thread-safe.</summary>
internal sealed class Disappearance(
    PeerStore store,
    MessageClock messageClock,
    DirectoryTime directoryTime,
    SessionTable sessions,
    EventLog events,
    LocalChanges changes,
    SealedCopies copies
)
{
    /// <param name="cancellationToken">Stops early. The next call erases the rest.</param>
    /// <exception cref="StoreException">The store cannot be read or written, or its log is in use.</exception>
    public Task SweepAsync(CancellationToken cancellationToken = default) =>
        store.Disappearing.SweepAsync(Now, Publish, cancellationToken);

    // A directory on this machine has the same clock, so it confirms nothing.
    private SweepTime Now()
    {
        var now = messageClock.Now;
        return directoryTime.Independent is var (time, age)
            ? new SweepTime(now with { Directory = time }, age)
            : new SweepTime(now with { Directory = null });
    }

    private void Publish(IReadOnlyList<DisappearedMessage> all)
    {
        var with = all.Select(message => message.Before!.With).ToHashSet();
        foreach (var session in sessions.All.Where(session => session.Name is { } name && with.Contains(name)))
        {
            session.Messages.OnDisappeared();
            session.Files.Changes.OnHidden();
        }

        events.Erase([.. all.Select(message => message.Before!.Erased())]);
        foreach (var (before, after) in all)
        {
            events.Add(new PeerEvent.MessageDisappeared(before!.With, before.Id, before.From));
            // A page shows what is left when it gets the event.
            if (after is null)
            {
                changes.PublishDeleted(before.With, MessageKey.Of(before));
            }
        }

        // Last, because it reads the store, and no later call erases what this one has not.
        copies.OnMessagesDeleted();
    }
}

using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Tells the user what has happened in rooms. Used by one thread.</summary>
internal sealed class RoomNotices(RoomBook book, RoomViews views, EventLog events)
{
    private RoomPeople People => views.People;

    /// <summary>Tells the user's other clients what the user has set or read in a room.</summary>
    public void PublishChanged(RoomHost room, bool isMarkedUnread)
    {
        lock (book.Gate)
        {
            if (views.Of(room, People) is { } view)
            {
                events.Add(new PeerEvent.RoomChanged(view) { IsMarkedUnread = isMarkedUnread });
            }
        }
    }

    /// <summary>Tells what has become of a message.</summary>
    /// <param name="isNew">Whether it is shown for the first time.</param>
    /// <param name="cause">The event that has changed it; null if unknown.</param>
    // Messages from before the join are not announced, but changes to them are, because the user may see them.
    public void Publish(RoomHost room, RoomEventId id, bool isNew, RoomEventId? cause = null)
    {
        PeerEvent? announced;
        lock (book.Gate)
        {
            var isFromBefore = room.Machine.IsFromBefore(id);
            announced =
                (isNew && isFromBefore) || views.Of(room, id, People) is not { } message ? null
                : !isNew ? ChangeOf(room, message, isFromBefore ? null : cause)
                : message.IsOwn ? null
                : new PeerEvent.RoomMessageReceived(message, room.Notify);
        }

        if (announced is PeerEvent.RoomMessageChanged { Message: { IsRemoved: true, Id: var removed } })
        {
            events.Erase(removed);
        }

        if (announced is not null)
        {
            events.Add(announced);
        }
    }

    private PeerEvent.RoomMessageChanged ChangeOf(RoomHost room, RoomMessageView message, RoomEventId? cause)
    {
        var changed = new PeerEvent.RoomMessageChanged(message) { Notify = room.Notify };
        return
            cause is { } id
            && room.Machine.Log.Find(id) is { } by
            && !book.Blocked.Contains(by.Author)
            && KindOf(by, message) is { } kind
            ? changed with
            {
                Change = kind,
                By = People.Of(room, by.Author),
                IsByUser = by.Author == room.Self,
            }
            : changed;
    }

    /// <returns>Null for an event that changes nothing, such as an edit of another member's message.</returns>
    private static MessageChange? KindOf(RoomEvent cause, RoomMessageView message) =>
        RoomMessage.Of(cause)?.Content switch
        {
            RoomContent.Reaction when !message.IsRemoved => MessageChange.Reaction,
            RoomContent.Edit when !message.IsRemoved && cause.Author == message.From.Key => MessageChange.Edit,
            RoomContent.Delete when message.IsRemoved && cause.Author == message.From.Key => MessageChange.Delete,
            _ => null,
        };

    /// <summary>Tells who has joined, left, and so on.</summary>
    public void PublishTransitions(RoomHost room)
    {
        lock (book.Gate)
        {
            var changes = room.Transitions.Take();
            if (changes.Count == 0 || views.Of(room, People) is not { } view)
            {
                return;
            }

            var people = People;
            foreach (var change in changes)
            {
                events.Add(
                    new PeerEvent.RoomChanged(view)
                    {
                        Change = new RoomChangeView(
                            change.Kind,
                            people.Of(room, change.Who),
                            change.By is { } by ? people.Of(room, by) : null,
                            change.Role
                        )
                        {
                            IsAboutUser = change.Who == room.Self,
                            IsByUser = change.By == room.Self,
                        },
                    }
                );
            }
        }
    }

    public void PublishFork(RoomHost room, PeerId forked)
    {
        lock (book.Gate)
        {
            events.Add(new PeerEvent.RoomForked(RoomViews.RefOf(room), People.Of(room, forked)));
        }
    }
}

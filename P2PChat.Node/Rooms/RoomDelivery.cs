using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Does what the machines of rooms ask for: sends to members, and tells the user. Used by one thread.
/// </summary>
internal sealed class RoomDelivery(
    SessionTable sessions,
    RoomBook book,
    RoomViews views,
    RoomAcquaintances acquaintances,
    EventLog events
)
{
    // One event goes to many members.
    private RoomEvent? _lastEvent;
    private ReadOnlyMemory<byte> _lastBytes;

    /// <exception cref="PeerException">The conversation with a member cannot be read.</exception>
    public void Execute(RoomHost room, RoomEffect effect)
    {
        switch (effect)
        {
            case RoomEffect.Send send:
                Send(send.To, send.Event);
                break;
            case RoomEffect.Answer answer:
                var all = answer.Events.Select(one => (ReadOnlyMemory<byte>)one.ToBytes()).ToList();
                sessions.Use(answer.To, session => session.Rooms.Answer(all));
                break;
            case RoomEffect.SendHeads heads:
                Signal(heads.To, new RoomSignal.Heads(room.Id, heads.Heads));
                break;
            case RoomEffect.Ask ask:
                Signal(ask.To, new RoomSignal.Question(room.Id, ask.Ids, ask.Known));
                break;
            case RoomEffect.Unavailable unavailable:
                Signal(unavailable.To, new RoomSignal.Unavailable(room.Id, unavailable.Ids));
                break;
            case RoomEffect.Show show:
                Publish(room, show.Id, isNew: true);
                break;
            case RoomEffect.Mark mark:
                Publish(room, mark.Id, isNew: false);
                break;
            case RoomEffect.Update update:
                Publish(room, update.Id, isNew: false);
                break;
            case RoomEffect.MembersChanged:
                acquaintances.Update();
                Publish(room);
                break;
            case RoomEffect.Report { What: RoomReport.Forked forked }:
                Publish(room, forked.Fork.Author);
                break;
        }
    }

    /// <summary>Shows what a member does, which is not stored.</summary>
    public void Show(RoomHost room, PeerId from, RoomSignal signal)
    {
        if (!room.Machine.State.IsMember(from) || !room.Machine.IsMember || book.Blocked.Contains(from))
        {
            return;
        }

        var person = views.People.Of(room, from);
        switch (signal)
        {
            case RoomSignal.Typing typing:
                events.Add(new PeerEvent.RoomTyping(RoomViews.RefOf(room), person, typing.Active));
                break;
            case RoomSignal.Read read when room.Machine.Timeline.Find(read.Event) is not null:
                room.ReadBy[from] = read.Event;
                events.Add(new PeerEvent.RoomRead(RoomViews.RefOf(room), person, read.Event));
                break;
        }
    }

    private void Send(PeerId to, RoomEvent roomEvent)
    {
        if (!ReferenceEquals(roomEvent, _lastEvent))
        {
            (_lastEvent, _lastBytes) = (roomEvent, roomEvent.ToBytes());
        }

        sessions.Use(to, session => session.Rooms.Send(_lastBytes));
    }

    private void Signal(PeerId to, RoomSignal signal) => sessions.Use(to, session => session.Rooms.Signal(signal));

    // What comes with the join, and is older, is not announced.
    private void Publish(RoomHost room, RoomEventId id, bool isNew)
    {
        PeerEvent? announced;
        lock (book.Gate)
        {
            announced =
                room.Machine.IsFromBefore(id) ? null
                : views.Of(room, id) is { } message
                    ? isNew && !message.IsOwn ? new PeerEvent.RoomMessageReceived(message, room.Notify)
                        : isNew ? null
                        : new PeerEvent.RoomMessageChanged(message)
                : room.Machine.Timeline.ChangedBy(id) is { } changed
                    ? new PeerEvent.RoomMessageChanged(views.Of(room, changed, views.People))
                : null;
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

    private void Publish(RoomHost room)
    {
        lock (book.Gate)
        {
            if (views.Of(room) is { } view)
            {
                events.Add(new PeerEvent.RoomChanged(view));
            }
        }
    }

    private void Publish(RoomHost room, PeerId forked)
    {
        lock (book.Gate)
        {
            events.Add(new PeerEvent.RoomForked(RoomViews.RefOf(room), views.People.Of(room, forked)));
        }
    }
}

using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Executes the effects of room machines: sends to members, and notifies the user. Used by one thread.
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
    private MessageContent.Room? _lastContent;

    private readonly RoomNotices _notices = new(book, views, events);
    private readonly HashSet<RoomHost> _reordered = [];
    private bool _haveMembersChanged;

    private RoomPeople People => views.People;

    /// <exception cref="PeerException">The conversation with a member cannot be read.</exception>
    public void Execute(RoomHost room, RoomEffect effect)
    {
        switch (effect)
        {
            case RoomEffect.Send send:
                Send(send.To, send.Event);
                break;
            case RoomEffect.Answer answer:
                var all = answer.Events.Select(one => new MessageContent.Room(one.ToBytes())).ToList();
                sessions.Use(answer.To, session => session.Rooms.Answer(room.Id, all));
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
                NoteLate(room, show.Id);
                _notices.Publish(room, show.Id, isNew: true);
                break;
            case RoomEffect.Mark mark:
                _notices.Publish(room, mark.Id, isNew: false);
                break;
            case RoomEffect.Update update:
                _notices.Publish(room, update.Id, isNew: false, update.Cause);
                break;
            case RoomEffect.Move or RoomEffect.Reorder:
                _ = _reordered.Add(room);
                break;
            case RoomEffect.Hide hide:
                events.Erase(hide.Id);
                events.Add(new PeerEvent.RoomReordered(RoomViews.RefOf(room)) { Deleted = hide.Id });
                break;
            case RoomEffect.MembersChanged:
                _haveMembersChanged = true;
                _notices.PublishTransitions(room);
                break;
            case RoomEffect.Report { What: RoomReport.NoLongerMember }:
                lock (book.Gate)
                {
                    book.Leave(room.Id);
                }

                break;
            case RoomEffect.Report { What: RoomReport.Forked forked }:
                _notices.PublishFork(room, forked.Fork.Author);
                break;
        }
    }

    /// <summary>
    /// Removes the texts of events that were deleted for everyone from what waits, also for former members.
    /// </summary>
    public void Erase(IReadOnlyCollection<RoomEventId> deleted)
    {
        if (deleted.Count > 0)
        {
            EraseWhere(deleted.ToHashSet().Contains);
        }
    }

    /// <summary>The same for those of which an earlier process has only stored that they were deleted.</summary>
    public void EraseDeleted()
    {
        lock (book.Gate)
        {
            EraseWhere(IsDeleted);
        }
    }

    // A session with messages that wait is in memory.
    private void EraseWhere(Func<RoomEventId, bool> isDeleted)
    {
        foreach (var session in sessions.All)
        {
            session.Rooms.Erase(isDeleted);
        }
    }

    /// <summary>Answers a peer that asks to connect with the proof of an invite link.</summary>
    /// <param name="refusal">Null if it is invited.</param>
    // A session with a request that waits is in memory.
    public void Answer(PeerId to, RoomInviteRefusal? refusal) =>
        _ = sessions.FindInMemory(to)?.Rooms.AnswerLink(refusal);

    /// <summary>Tells a peer something, if a link is open.</summary>
    // A session with a link is in memory.
    public void Signal(PeerId to, RoomSignal signal) => sessions.FindInMemory(to)?.Rooms.Signal(signal);

    public void Publish(PeerEvent happened) => events.Add(happened);

    /// <inheritdoc cref="RoomNotices.PublishChanged"/>
    public void Publish(RoomHost room, bool isMarkedUnread) => _notices.PublishChanged(room, isMarkedUnread);

    /// <summary>All effects of a step were executed.</summary>
    /// <param name="hasFewerRequests">Whether this peer may have to do with a moderator no more.</param>
    public void Finish(bool hasFewerRequests)
    {
        foreach (var room in _reordered)
        {
            events.Add(new PeerEvent.RoomReordered(RoomViews.RefOf(room)));
        }

        _reordered.Clear();
        // After what was sent: an acquaintance that was removed must be told before it is forgotten.
        if (_haveMembersChanged || hasFewerRequests)
        {
            _haveMembersChanged = false;
            acquaintances.Update();
        }
    }

    /// <summary>Shows what a member does, which is not stored.</summary>
    public void Show(RoomHost room, PeerId from, RoomSignal signal, DateTimeOffset now)
    {
        if (!MayShow(room, from))
        {
            return;
        }

        switch (signal)
        {
            case RoomSignal.Typing { Active: var active } when room.Signals.PassesTyping(from, active, now):
                events.AddTransient(new PeerEvent.RoomTyping(RoomViews.RefOf(room), People.Of(room, from), active));
                break;
            case RoomSignal.Read { Event: var read } when IsNewMark(room, from, read):
                room.ReadBy[from] = read;
                if (room.Signals.PassesRead(from, now))
                {
                    Show(room, from, read);
                }

                break;
        }
    }

    /// <summary>Shows the read marks that the throttle held back and that are now due.</summary>
    public void ShowDue(RoomHost room, DateTimeOffset now)
    {
        foreach (var member in room.Signals.TakeDueReads(now).Where(member => MayShow(room, member)))
        {
            // The user may have deleted the message on this peer meanwhile.
            if (room.ReadBy.TryGetValue(member, out var read))
            {
                Show(room, member, read);
            }
        }
    }

    private void Show(RoomHost room, PeerId member, RoomEventId read) =>
        events.AddTransient(new PeerEvent.RoomRead(RoomViews.RefOf(room), People.Of(room, member), read));

    private bool MayShow(RoomHost room, PeerId member) =>
        room.Machine.State.IsMember(member) && room.Machine.IsMember && !book.Blocked.Contains(member);

    private static bool IsNewMark(RoomHost room, PeerId from, RoomEventId read)
    {
        var (timeline, members) = (room.Machine.Timeline, room.Machine.State.Members.Values);
        return members.Count(member => member.HasJoined) <= RoomLimits.ReadMarks
            && timeline.Contains(read)
            && (!room.ReadBy.TryGetValue(from, out var before) || timeline.IsAfter(read, before));
    }

    private bool IsDeleted(RoomEventId id) =>
        book.All.Any(room =>
            room.Machine.Log.Find(id) is { IsMembership: false, Body: null } && !room.Machine.Log.IsOnlyForgotten(id)
        );

    private void Send(PeerId to, RoomEvent roomEvent)
    {
        if (!ReferenceEquals(roomEvent, _lastEvent))
        {
            (_lastEvent, _lastContent) = (roomEvent, new MessageContent.Room(roomEvent.ToBytes()));
        }

        var content = _lastContent!;
        sessions.Use(to, session => session.Rooms.Send(content));
    }

    private void NoteLate(RoomHost room, RoomEventId id)
    {
        lock (book.Gate)
        {
            var timeline = room.Machine.Timeline;
            if (
                room.ReadUpTo is { } read
                && !room.Machine.IsFromBefore(id)
                && timeline.Find(id) is { } row
                && row.Author != room.Self
                && !timeline.IsAfter(id, read)
            )
            {
                _ = room.Late.Add(id);
            }
        }
    }
}

using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>
/// Changes a room on this peer only: deletes messages, marks them as unread, and closes notices. Rooms are named as in
/// <see cref="RoomService"/>.
/// </summary>
public sealed class RoomMarkService
{
    private readonly RoomViews _views;
    private readonly RoomFinder _finder;
    private readonly RoomCommands _commands;
    private readonly LocalChanges _changes;

    internal RoomMarkService(RoomViews views, RoomFinder finder, RoomCommands commands, LocalChanges changes)
    {
        (_views, _finder, _commands, _changes) = (views, finder, commands, changes);
    }

    /// <summary>Deletes any member's message on this peer only. Copies queued for others are still sent.</summary>
    /// <exception cref="PeerException">There is no such room or message. The same for all that follow.</exception>
    public async Task DeleteHereAsync(string room, RoomEventId message)
    {
        await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            if (!host.Machine.Forget(message))
            {
                throw Refusals.UnknownMessage();
            }

            _ = host.Late.Remove(message);
            MoveMarks(host, message, work);
            return true;
        });
        _changes.Publish();
    }

    /// <summary>
    /// Marks a message and those after it as unread, until they are read again. Read marks that were sent stay.
    /// </summary>
    /// <exception cref="PeerException">
    /// It is from before the user joined, or no message of another member follows it.
    /// </exception>
    public async Task MarkUnreadAsync(string room, RoomEventId message)
    {
        await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            var timeline = host.Machine.Timeline;
            if (timeline.Find(message) is null)
            {
                throw Refusals.UnknownMessage();
            }

            if (host.Machine.IsFromBefore(message))
            {
                throw RoomRefusals.BeforeJoin();
            }

            var before = host.ReadUpTo;
            // Otherwise those between the two would be read.
            if (before is { } read && !timeline.IsAfter(message, read))
            {
                host.ReadUpTo = timeline.Before(message).FirstOrDefault()?.Event;
            }

            if (_views.FirstUnreadOf(host) is null)
            {
                host.ReadUpTo = before;
                throw Refusals.NothingUnread();
            }

            // Those after the mark count by their place.
            _ = host.Late.RemoveWhere(late => host.ReadUpTo is not { } upTo || timeline.IsAfter(late, upTo));
            work.Batch.SetRead(host.Id, host.ReadUpTo);
            work.Changed.Add((host, IsMarkedUnread: true));
            return true;
        });
        _changes.Publish();
    }

    /// <summary>
    /// The members who have sent different versions to different members, or were restored, and of whom the user has
    /// not closed the notice.
    /// </summary>
    public IReadOnlyList<RoomPerson> ForksOf(string room) => _commands.Read(room, host =>
        {
            var people = _views.People;
            return host
                .Machine.Log.Forked.Where(author => author != host.Self && !host.ForksSeen.Contains(author))
                .Select(author => people.Of(host, author))
                .ToList();
        });

    /// <summary>Closes the notice about a member's fork for good.</summary>
    public async Task CloseForkAsync(string room, PeerId author)
    {
        await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            if (host.Machine.Log.Forked.Contains(author) && host.ForksSeen.Add(author))
            {
                work.Batch.SetForkSeen(host.Id, author);
            }

            return true;
        });
        _changes.Publish();
    }

    // A mark is at a message that is shown.
    private static void MoveMarks(RoomHost host, RoomEventId deleted, RoomWork work)
    {
        var before = host.Machine.Timeline.Before(deleted).FirstOrDefault()?.Event;
        if (host.ReadUpTo == deleted)
        {
            host.ReadUpTo = before;
            work.Batch.SetRead(host.Id, before);
        }

        foreach (var member in host.ReadBy.Where(mark => mark.Value == deleted).Select(mark => mark.Key).ToList())
        {
            if (before is { } read)
            {
                host.ReadBy[member] = read;
            }
            else
            {
                _ = host.ReadBy.Remove(member);
            }
        }
    }
}

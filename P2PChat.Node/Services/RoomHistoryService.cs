using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>Reads parts of rooms as a page shows them. Rooms are named as in <see cref="RoomService"/>.</summary>
public sealed class RoomHistoryService
{
    // Moderators can change a room thousands of times between two messages.
    private const int MaxNotices = 20;

    private readonly RoomViews _views;
    private readonly RoomCommands _commands;

    internal RoomHistoryService(RoomViews views, RoomCommands commands) => (_views, _commands) = (views, commands);

    /// <summary>Reads the newest messages.</summary>
    /// <exception cref="PeerException">There is no such room. The same for all that follow.</exception>
    public RoomHistory Newest(string room, int limit) => _commands.Read(room, host => Newest(host, limit));

    /// <summary>Reads a message and those around it; the newest ones if it is unknown.</summary>
    public RoomHistory Around(string room, RoomEventId message, int before, int after) => _commands.Read(room, host =>
        {
            var timeline = host.Machine.Timeline;
            // The user may have deleted the one at which a page begins.
            if (!timeline.Contains(message))
            {
                return Newest(host, before + after + 1);
            }

            RoomRow[] row = timeline.Find(message) is { } found ? [found] : [];
            var older = timeline.Before(message).Take(before + 1).ToList();
            var newer = timeline.After(message).Take(after + 1).ToList();
            List<RoomRow> rows = [.. older.Take(before).Reverse(), .. row, .. newer.Take(after)];
            return Of(host, rows, older.Count > before, newer.Count > after);
        });

    /// <summary>The oldest message of others that the user has not read; null if all are read.</summary>
    public RoomEventId? FirstUnread(string room) => _commands.Read(room, _views.FirstUnreadOf);

    private RoomHistory Newest(RoomHost host, int limit)
    {
        var rows = host.Machine.Timeline.Newest.Take(limit + 1).ToList();
        return Of(host, [.. rows.Take(limit).Reverse()], rows.Count > limit, hasNewer: false);
    }

    private RoomHistory Of(RoomHost host, List<RoomRow> rows, bool hasOlder, bool hasNewer)
    {
        var people = _views.People;
        var notices = host.Machine.NoticesAmong([.. rows.Select(row => row.Event)], isEnd: !hasNewer);
        return new RoomHistory(
            [.. rows.Select(row => _views.Of(host, row, people))],
            [
                .. notices.Select(before =>
                    before.TakeLast(MaxNotices).Select(one => ViewOf(host, one, people)).ToList()
                ),
            ],
            hasOlder,
            hasNewer
        )
        {
            ReadBy =
            [
                .. host
                    .ReadBy.Select(mark => (By: mark.Key, UpTo: ShownAt(host.Machine.Timeline, mark.Value)))
                    .Where(mark => mark.UpTo is not null)
                    .Select(mark => (people.Of(host, mark.By), mark.UpTo!.Value)),
            ],
        };
    }

    // Members also read what the user has deleted on this peer.
    private static RoomEventId? ShownAt(RoomTimeline timeline, RoomEventId mark) =>
        timeline.Find(mark) is null ? timeline.Before(mark).FirstOrDefault()?.Event : mark;

    private static RoomNoticeView ViewOf(RoomHost host, RoomNotice notice, RoomPeople people) =>
        new(
            notice.Event,
            notice.Kind,
            people.Of(host, notice.Author),
            notice.Subject is { } subject ? people.Of(host, subject) : null,
            notice.Role,
            host.Machine.NameIn(notice.Event) is { } name ? SafeText.Show(name) : null
        )
        {
            RemovesPicture = notice.Kind == RoomEventKind.Picture && host.Machine.RemovesPicture(notice.Event),
        };
}

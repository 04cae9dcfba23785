using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Builds the views of rooms. Its members expect <see cref="RoomBook.Gate"/> to be held.</summary>
internal sealed class RoomViews(SessionContext context, SessionTable sessions, RoomBook book)
{
    private const int MaxUnread = 1000;

    // Those that do not count as unread, such as of blocked members, are looked at as well.
    private const int MaxUnreadRows = 10 * MaxUnread;

    private readonly Username _self = context.Self;

    // Each one reads and sorts all contacts.
    private RoomPeople? _people;

    public RoomPeople People =>
        _people is { IsCurrent: true } current
            ? current
            : _people = new RoomPeople(context.Contacts, sessions, context.Store, _self);

    /// <inheritdoc cref="RoomQuota.IsFull(RoomBook, RoomHost)"/>
    public bool IsFull(RoomHost room) => RoomQuota.IsFull(book, room);

    /// <inheritdoc cref="RoomQuota.IsFull(RoomBook, RoomHost, int)"/>
    public bool IsFull(RoomHost room, int body) => RoomQuota.IsFull(book, room, body);

    /// <returns>Null if the user has nothing to do with the room.</returns>
    public RoomView? Of(RoomHost room) => Of(room, People);

    public RoomView? Of(RoomHost room, RoomPeople people)
    {
        if (room.Standing is not { } standing)
        {
            return null;
        }

        var (state, self) = (room.Machine.State, room.Self);
        var (unread, mentions) = standing == RoomStanding.Joined ? Unread(room) : (0, 0);
        var newest = standing == RoomStanding.Invited ? null : room.Machine.Timeline.Newest.FirstOrDefault();
        return new RoomView(
            room.Id,
            NameOf(room),
            standing,
            state.RankOf(self),
            state.Members.Values.Count(member => member.HasJoined),
            unread,
            mentions,
            room.Notify
        )
        {
            InvitedBy =
                state.Members.GetValueOrDefault(self) is { } own && own.Inviter != default
                    ? people.Of(room, own.Inviter)
                : room.Request is { } request ? ModeratorOf(room, request, people)
                : null,
            RemovedBy =
                standing == RoomStanding.Left && room.Machine.Log.RemoverOf(self) is { } remover
                    ? people.Of(room, remover)
                    : null,
            Last = newest is null ? null : Of(room, newest, people),
            IsFull = standing == RoomStanding.Joined && IsFull(room),
            IsAlone = state.Members.Count == 1 && state.IsMember(self),
            Picture = room.Machine.Picture.IsEmpty ? null : state.Picture,
        };
    }

    /// <returns>Null if the message only changes another one, or is unknown.</returns>
    public RoomMessageView? Of(RoomHost room, RoomEventId message) => Of(room, message, People);

    public RoomMessageView? Of(RoomHost room, RoomEventId message, RoomPeople people) =>
        room.Machine.Timeline.Find(message) is { } row ? Of(room, row, people) : null;

    public RoomMessageView Of(RoomHost room, RoomRow row, RoomPeople people) =>
        new(row.Event, RefOf(room), people.Of(room, row.Author), row.Text, row.SentAt)
        {
            IsOwn = row.Author == room.Self,
            IsRemoved = row.IsRemoved,
            IsAfterRemoval = row.Status == MessageStatus.AfterRemoval,
            IsCollapsed = book.Blocked.Contains(row.Author),
            MentionsUser =
                row.Author != room.Self && !book.Blocked.Contains(row.Author) && RoomMentions.Mentions(row.Text, _self),
            EditedAt = row.EditedAt,
            ReplyTo = row.ReplyTo is { } target ? QuoteOf(room, target, people) : null,
            Reactions = [.. row.Reactions.Select(one => (people.Of(room, one.Key), one.Value))],
            Readers = row.Author == room.Self ? ReadersOf(room, row.Event).Count() : 0,
        };

    /// <summary>The members who have said that they have read a message, or one after it.</summary>
    public static IEnumerable<PeerId> ReadersOf(RoomHost room, RoomEventId message)
    {
        var (timeline, state) = (room.Machine.Timeline, room.Machine.State);
        return room
            .ReadBy.Where(mark => mark.Value == message || timeline.IsAfter(mark.Value, message))
            .Select(mark => mark.Key)
            .Where(state.IsMember);
    }

    public IReadOnlyList<RoomMemberView> MembersOf(RoomHost room, Func<PeerId, bool> isConnected)
    {
        var people = People;
        return
        [
            .. room
                .Machine.State.Members.Values.Select(member => new RoomMemberView(
                    people.Of(room, member.Id),
                    member.Role,
                    member.HasJoined
                )
                {
                    IsBlocked = people.IsBlocked(member.Id),
                    IsConnected = member.Id != room.Self && isConnected(member.Id),
                })
                .OrderByDescending(member => member.Role)
                .ThenBy(member => member.Person.Shown, StringComparer.Ordinal),
        ];
    }

    // The link says the name, and nobody has checked it if the two have never talked.
    private static RoomPerson ModeratorOf(RoomHost room, RoomLinkRequest request, RoomPeople people) =>
        people.Of(room, request.Moderator) is { Name: not null } known
            ? known
            : new RoomPerson(request.Moderator, request.Name, HasCheckedName: false);

    public static RoomRef RefOf(RoomHost room) => new(room.Id, NameOf(room));

    /// <summary>The name as it is shown. One that could be taken for an id of a room is not used.</summary>
    public static string NameOf(RoomHost room) =>
        SafeText.Show(room.Machine.Name) is { Length: > 0 } name && !RoomFinder.LooksLikeId(name)
            ? name
            : $"room {room.Id.ToString()[..RoomFinder.ShortId]}";

    /// <summary>The oldest message that the user has not read; null if all are read.</summary>
    public RoomEventId? FirstUnreadOf(RoomHost room) =>
        room.Standing == RoomStanding.Joined ? UnreadRows(room).LastOrDefault()?.Event : null;

    private (int Unread, int Mentions) Unread(RoomHost room)
    {
        var (unread, mentions) = (0, 0);
        foreach (var row in UnreadRows(room))
        {
            unread++;
            mentions += RoomMentions.Mentions(row.Text, _self) ? 1 : 0;
        }

        return (unread, mentions);
    }

    // The newest first; then those that came late. A message from before the join can be among those after it.
    private IEnumerable<RoomRow> UnreadRows(RoomHost room) =>
        room
            .Machine.Timeline.Newest.TakeWhile(row => row.Event != room.ReadUpTo)
            .Take(MaxUnreadRows)
            .Where(row => !room.Machine.IsFromBefore(row.Event))
            .Concat(room.Late.Select(room.Machine.Timeline.Find).OfType<RoomRow>())
            .Where(row => row.Author != room.Self && !row.IsRemoved && !book.Blocked.Contains(row.Author))
            .Take(MaxUnread);

    // The text of a blocked member is not shown by way of others.
    private RoomQuote QuoteOf(RoomHost room, RoomEventId target, RoomPeople people) =>
        room.Machine.Timeline.Find(target) is { } row
            ? new RoomQuote(
                target,
                people.Of(room, row.Author),
                row.IsRemoved || book.Blocked.Contains(row.Author) ? null : Beginning(row.Text)
            )
            : new RoomQuote(target, From: null, Text: null);

    private static string Beginning(string text) =>
        string.Concat(text.EnumerateRunes().Take(MessageQuote.MaxTextLength));
}

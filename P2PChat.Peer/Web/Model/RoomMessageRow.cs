using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>A message in the list of a room, with what comes directly before and after it.</summary>
/// <param name="From">Its author.</param>
/// <param name="Day">The day that starts with it; null if the previous message is of the same day.</param>
/// <param name="StartsGroup">Whether it is the first of consecutive messages by one person.</param>
/// <param name="EndsGroup">Whether it is the last of them.</param>
/// <param name="IsFirstUnread">Whether the new messages begin with it.</param>
/// <param name="Notices">What has changed about the room before it, one per line; empty for nothing.</param>
/// <param name="ReadBy">Those who have read up to it, as a sentence; empty for nobody.</param>
public sealed record RoomMessageRow(
    RoomMessageView Message,
    RoomFace From,
    DateOnly? Day,
    bool StartsGroup,
    bool EndsGroup,
    bool IsFirstUnread,
    string Notices,
    string ReadBy
)
{
    // A longer pause starts a new group.
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(5);

    // Moderators can change the room without limit.
    private const int MaxNotices = 12;

    /// <summary>
    /// Whether its time is always shown: at the end of a group, and after an edit, which must not look like the
    /// original text.
    /// </summary>
    public bool IsTimed => EndsGroup || Message is { EditedAt: not null, IsRemoved: false };

    /// <summary>Names the row on the page.</summary>
    public string Key => Message.Id.ToString();

    internal static IReadOnlyList<RoomMessageRow> Of(RoomHistory history, RoomDivider divider, ChatPageModel page)
    {
        var messages = history.Messages;
        var rows = new List<RoomMessageRow>(messages.Count);
        var faces = new Dictionary<PeerId, RoomFace>();
        var readers = ReadersOf(history, FaceOf);
        DateOnly? date = null;
        // The date of messages without one.
        var first = messages.Select(message => message.SentAt).FirstOrDefault(time => time is not null);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var day = message.SentAt is { } sentAt
                ? page.TimeZone.DateOf(sentAt)
                : date ?? page.TimeZone.DateOf(first ?? DateTimeOffset.UnixEpoch);
            var isNewDay = day != date;
            date = day;
            var follows = i > 0 && AreGrouped(i - 1, i);
            var isFollowed = i < messages.Count - 1 && AreGrouped(i, i + 1);
            rows.Add(
                new RoomMessageRow(
                    message,
                    FaceOf(message.From),
                    isNewDay ? day : null,
                    StartsGroup: isNewDay || !follows,
                    EndsGroup: !isFollowed,
                    IsFirstUnread: message.Id == divider.At,
                    NoticesOf(history.Notices[i], FaceOf),
                    readers.GetValueOrDefault(i, "")
                )
            );
        }

        return rows;

        RoomFace FaceOf(RoomPerson person) =>
            faces.TryGetValue(person.Key, out var face) ? face : faces[person.Key] = RoomFace.Of(person, page);

        bool AreGrouped(int one, int next) =>
            messages[one].From.Key == messages[next].From.Key
            && history.Notices[next].Count == 0
            && messages[next].Id != divider.At
            && messages[one].SentAt is { } before
            && messages[next].SentAt is { } after
            && (after - before).Duration() < MaxPause
            && page.TimeZone.IsSameDay(before, after);
    }

    /// <summary>What has changed after the last message, one per line.</summary>
    internal static string LastNotices(RoomHistory history, ChatPageModel page) =>
        NoticesOf(history.Notices[^1], person => RoomFace.Of(person, page));

    private static string NoticesOf(IReadOnlyList<RoomNoticeView> notices, Func<RoomPerson, RoomFace> faceOf)
    {
        var lines = notices.TakeLast(MaxNotices).Select(notice => RoomText.Notice(notice, faceOf));
        return string.Join('\n', notices.Count > MaxNotices ? lines.Prepend("Earlier changes are not shown") : lines);
    }

    // Somebody who has written has read what comes before.
    private static Dictionary<int, string> ReadersOf(RoomHistory history, Func<RoomPerson, RoomFace> faceOf)
    {
        var places = history.Messages.Index().ToDictionary(one => one.Item.Id, one => one.Index);
        var lastBy = new Dictionary<PeerId, int>();
        foreach (var (index, message) in history.Messages.Index())
        {
            lastBy[message.From.Key] = index;
        }

        return history
            .ReadBy.Where(mark => places.ContainsKey(mark.UpTo))
            .Where(mark => lastBy.GetValueOrDefault(mark.By.Key, -1) < places[mark.UpTo])
            .GroupBy(mark => places[mark.UpTo])
            .ToDictionary(
                group => group.Key,
                group => $"Read by {RoomText.Names([.. group.Select(mark => faceOf(mark.By).Name).Order()])}"
            );
    }
}

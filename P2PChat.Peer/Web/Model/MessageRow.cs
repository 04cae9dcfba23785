using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>A message in the list.</summary>
/// <param name="Day">The day that starts with it; null if the previous message is of the same day.</param>
/// <param name="StartsGroup">Whether it is the first of consecutive messages by one person.</param>
/// <param name="EndsGroup">Whether it is the last of them.</param>
/// <param name="IsFirstUnread">Whether the new messages begin with it.</param>
public sealed record MessageRow(
    Message Message,
    DateOnly? Day,
    bool StartsGroup,
    bool EndsGroup,
    bool IsFirstUnread = false
)
{
    /// <summary>
    /// Whether its time and state are always shown: at the end of a group, where the next one's state differs, and
    /// after an edit, which must not look like the original text.
    /// </summary>
    public bool IsTimed { get; init; }

    /// <summary>Names the row on the page, among all others.</summary>
    public string Key { get; init; } = "";

    /// <summary>How far this user's last change of it has come; null if the other side has it.</summary>
    public MessageState? Change { get; init; }

    // A longer pause starts a new group.
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(5);

    internal static IReadOnlyList<MessageRow> Of(
        IReadOnlyList<Message> messages,
        PageTimeZone zone,
        Guid? firstUnread = null
    )
    {
        var rows = new List<MessageRow>(messages.Count);
        var seen = new Dictionary<MessageKey, int>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var isNewDay = i == 0 || !zone.IsSameDay(messages[i - 1].SentAt, message.SentAt);
            var endsGroup =
                i == messages.Count - 1
                || IsFirstUnread(messages[i + 1])
                || !AreGrouped(message, messages[i + 1])
                || !zone.IsSameDay(message.SentAt, messages[i + 1].SentAt);
            rows.Add(
                new MessageRow(
                    message,
                    isNewDay ? zone.DateOf(message.SentAt) : null,
                    isNewDay || IsFirstUnread(message) || !AreGrouped(messages[i - 1], message),
                    endsGroup,
                    IsFirstUnread(message)
                )
                {
                    IsTimed =
                        endsGroup
                        || message.State != messages[i + 1].State
                        || message is { EditedAt: not null, IsRemoved: false },
                    Key = KeyOf(message),
                }
            );
        }

        return rows;

        bool IsFirstUnread(Message message) =>
            firstUnread is { } id && MessageKey.Of(message) == new MessageKey(IsOwn: false, id);

        // A user who comes back with another key may use an id again.
        string KeyOf(Message message)
        {
            var key = MessageKey.Of(message);
            var before = seen.GetValueOrDefault(key);
            seen[key] = before + 1;
            return before == 0 ? $"{key}" : $"{key}-{before}";
        }
    }

    private static bool AreGrouped(Message one, Message next) =>
        one.From == next.From
        && one.Timer is null
        && next.Timer is null
        && (next.SentAt - one.SentAt).Duration() < MaxPause;
}

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
    /// Whether its time and state are always shown: at the end of a group, and where the next one's state differs.
    /// </summary>
    public bool IsTimed { get; init; }

    // A longer pause starts a new group.
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(5);

    internal static IReadOnlyList<MessageRow> Of(
        IReadOnlyList<Message> messages,
        PageTimeZone zone,
        Guid? firstUnread = null
    )
    {
        var rows = new List<MessageRow>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var isNewDay = i == 0 || !zone.IsSameDay(messages[i - 1].SentAt, message.SentAt);
            var endsGroup =
                i == messages.Count - 1
                || messages[i + 1].Id == firstUnread
                || !AreGrouped(message, messages[i + 1])
                || !zone.IsSameDay(message.SentAt, messages[i + 1].SentAt);
            rows.Add(
                new MessageRow(
                    message,
                    isNewDay ? zone.DateOf(message.SentAt) : null,
                    isNewDay || message.Id == firstUnread || !AreGrouped(messages[i - 1], message),
                    endsGroup,
                    message.Id == firstUnread
                )
                {
                    IsTimed = endsGroup || message.State != messages[i + 1].State,
                }
            );
        }

        return rows;
    }

    private static bool AreGrouped(Message one, Message next) =>
        one.From == next.From && (next.SentAt - one.SentAt).Duration() < MaxPause;
}

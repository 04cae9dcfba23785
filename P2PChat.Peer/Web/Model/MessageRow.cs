using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>A message as it stands in the list.</summary>
/// <param name="Day">The day that begins with it, in words; null if it is the one before's.</param>
/// <param name="Begins">Whether it is the first of several by one person.</param>
/// <param name="Ends">Whether it is the last of them: the one that has the time beside it.</param>
public sealed record MessageRow(Message Message, string? Day, bool Begins, bool Ends)
{
    // Whoever writes again after that long has begun anew.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    internal static IReadOnlyList<MessageRow> Of(IReadOnlyList<Message> messages, DayNames days)
    {
        var rows = new List<MessageRow>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var isNewDay = i == 0 || !days.IsSameDay(messages[i - 1].SentAt, message.SentAt);
            rows.Add(
                new MessageRow(
                    message,
                    isNewDay ? days.Of(message.SentAt) : null,
                    isNewDay || !IsTogether(messages[i - 1], message),
                    i == messages.Count - 1
                        || !IsTogether(message, messages[i + 1])
                        || !days.IsSameDay(message.SentAt, messages[i + 1].SentAt)
                )
            );
        }

        return rows;
    }

    private static bool IsTogether(Message one, Message next) =>
        one.From == next.From && (next.SentAt - one.SentAt).Duration() < Pause;
}

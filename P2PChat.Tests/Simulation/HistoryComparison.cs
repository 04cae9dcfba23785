using P2PChat.Protocol.Content;
using P2PChat.Tests.Protocol.Content;

namespace P2PChat.Tests.Simulation;

/// <summary>Checks that two sides show the same of the messages that both have.</summary>
internal static class HistoryComparison
{
    private static readonly bool[] Sides = [true, false];

    /// <param name="own">The messages of one side in its order.</param>
    /// <param name="other">Those of the other side.</param>
    /// <returns>
    /// A difference; null if there is none, or if the sides have received messages in different orders.
    /// </returns>
    public static string? Find(IReadOnlyList<HistoryMessage> own, IReadOnlyList<HistoryMessage> other)
    {
        var common = own.Select(KeyOf).ToHashSet();
        common.IntersectWith(other.Select(OtherKeyOf));
        var (ours, theirs) = (
            own.Where(message => common.Contains(KeyOf(message))).ToList(),
            other.Where(message => common.Contains(OtherKeyOf(message))).ToList()
        );
        if (!IsSameOrder(ours, theirs))
        {
            return null;
        }

        if (TimerOf(ours).Seconds != TimerOf(theirs).Seconds && KnowsWhatItAnswers(ours) && KnowsWhatItAnswers(theirs))
        {
            return $"{TimerOf(ours)} and {TimerOf(theirs)}";
        }

        // Where only one side knows of a delete, the text is gone there, and nobody can tell the other side.
        HashSet<(Guid?, bool)> deleted =
        [
            .. own.Where(message => !common.Contains(KeyOf(message)))
                .Select(message => (IdOfDeleted(message), message.IsOwn)),
            .. other
                .Where(message => !common.Contains(OtherKeyOf(message)))
                .Select(message => (IdOfDeleted(message), !message.IsOwn)),
        ];
        var (one, two) = (Rows(ours, fromOtherSide: false), Rows(theirs, fromOtherSide: true));
        return one.Concat(two).FirstOrDefault(row => one.Contains(row) != two.Contains(row));

        HashSet<string> Rows(IEnumerable<HistoryMessage> messages, bool fromOtherSide) =>
            [
                .. new ContentHistory(messages)
                    // A deleted message is in the history only of a side that has sent it, or received it in time.
                    .Rows.Where(row => !row.IsRemoved && !deleted.Contains((row.Id, row.IsOwn != fromOtherSide)))
                    .Select(row => row.Describe(fromOtherSide)),
            ];
    }

    /// <summary>The timer after these messages.</summary>
    public static ConversationTimer TimerOf(IEnumerable<HistoryMessage> messages) =>
        messages.Aggregate(default(ConversationTimer), (timer, message) =>
            message.IsOwn ? timer.Sent(message.Id, message.Content) : timer.Received(message.Id, message.Content)
        );

    // A restored side may have sent a timer after one that it no longer has.
    private static bool KnowsWhatItAnswers(IReadOnlyCollection<HistoryMessage> messages)
    {
        var ids = messages.Select(message => message.Id).ToHashSet();
        return messages
            .Select(message => message.Content)
            .OfType<MessageContent.Timer>()
            .All(timer => timer.After is not { } after || ids.Contains(after));
    }

    private static (Guid Id, bool IsOwn) KeyOf(HistoryMessage message) => (message.Id, message.IsOwn);

    private static (Guid Id, bool IsOwn) OtherKeyOf(HistoryMessage message) => (message.Id, !message.IsOwn);

    private static Guid? IdOfDeleted(HistoryMessage message) => (message.Content as MessageContent.Delete)?.Id;

    // A restored side may get messages again after later ones.
    private static bool IsSameOrder(List<HistoryMessage> ours, List<HistoryMessage> theirs) =>
        Sides.All(isOwn =>
            ours.Where(message => message.IsOwn == isOwn)
                .Select(message => message.Id)
                .SequenceEqual(theirs.Where(message => message.IsOwn != isOwn).Select(message => message.Id))
        )
        && TargetsPrecede(ours)
        && TargetsPrecede(theirs);

    private static bool TargetsPrecede(List<HistoryMessage> messages)
    {
        var all = messages.Select(KeyOf).ToHashSet();
        var before = new HashSet<(Guid, bool)>();
        foreach (var message in messages)
        {
            (Guid, bool)? target = message.Content switch
            {
                MessageContent.Reaction reaction => (reaction.To.Id, message.IsOwn != reaction.To.Yours),
                MessageContent.Edit edit => (edit.Id, message.IsOwn),
                MessageContent.Delete delete => (delete.Id, message.IsOwn),
                _ => null,
            };
            if (target is { } key && all.Contains(key) && !before.Contains(key))
            {
                return false;
            }

            _ = before.Add(KeyOf(message));
        }

        return true;
    }
}

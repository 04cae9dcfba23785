using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// What a room shows, worked out the slow way: for each message, everything after it is read (docs/protocol.md,
/// sections 20 and 25.1).
/// </summary>
internal static class RoomOracle
{
    /// <summary>Each message that is shown, with what the members see of it.</summary>
    public static Dictionary<RoomEventId, string> Rows(RoomLog log)
    {
        var changes = log
            .Messages.Ordered.Index()
            .Where(one => one.Item.Event.Kind == RoomEventKind.Change)
            .Select(one => (one.Index, one.Item.Event, Message: RoomMessage.Of(one.Item.Event)))
            .Where(one => one.Message is not null)
            .ToLookup(one => RoomTimeline.TargetOf(one.Event));
        return log
            .Messages.Ordered.Index()
            .Where(one => one.Item.Event.Kind != RoomEventKind.Change && !log.Hidden.Contains(one.Item.Event.Id))
            .ToDictionary(
                one => one.Item.Event.Id,
                one =>
                    Row(
                        log,
                        one.Item.Event,
                        changes[one.Item.Event.Id]
                            .Where(change => change.Index > one.Index)
                            .Select(change => (change.Event, change.Message!))
                    )
            );
    }

    /// <summary>The same of a message as the product shows it.</summary>
    public static string Describe(RoomRow row) =>
        Describe(row.Event, row.Text, row.TextFrom, row.EditedAt, row.IsRemoved, row.ReplyTo, row.Reactions);

    /// <summary>Texts that the log has although their authors have deleted them, also as earlier versions.</summary>
    public static IEnumerable<RoomEventId> Deleted(RoomLog log)
    {
        var contents = log
            .Messages.Ordered.Select(node => (node.Event, RoomMessage.Of(node.Event)?.Content))
            .Where(one => one.Content is not null)
            .ToList();
        var deleted = contents
            .Where(one => one.Content is RoomContent.Delete)
            .Select(one => (one.Event.Author, ((RoomContent.Delete)one.Content!).Of))
            .ToHashSet();
        if (deleted.Count == 0)
        {
            return [];
        }

        var deletes = contents.Where(one => one.Content is RoomContent.Delete).Select(one => one.Event.Id).ToHashSet();
        return log
            .Messages.Ordered.Select(node => node.Event)
            .Concat(log.Pending.Missing.SelectMany(log.Pending.WaitingFor).Where(one => !one.IsMembership))
            .Where(one =>
                !deletes.Contains(one.Id)
                && (
                    deleted.Contains((one.Author, one.Id))
                    || RoomMessage.Of(one)?.Content is RoomContent.Edit edit && deleted.Contains((one.Author, edit.Of))
                )
            )
            .Select(one => one.Id)
            .Distinct();
    }

    private static string Row(RoomLog log, RoomEvent message, IEnumerable<(RoomEvent Event, RoomMessage Message)> after)
    {
        var written = RoomMessage.Of(message);
        var (text, textFrom, editedAt) = (written?.Text ?? "", message.Id, (DateTimeOffset?)null);
        var isRemoved = written is null;
        SortedDictionary<PeerId, string> reactions = [];
        foreach (var (change, changed) in after)
        {
            var (isOwn, counts) = (change.Author == message.Author, log.StatusOf(change.Id) == MessageStatus.Counts);
            switch (changed.Content)
            {
                case RoomContent.Delete when isOwn:
                    isRemoved = true;
                    break;
                case RoomContent.Edit when isOwn && counts && IsInTime(written, changed):
                    (text, textFrom, editedAt) = (changed.Text, change.Id, changed.SentAt);
                    break;
                case RoomContent.Reaction reaction when counts:
                    reactions[change.Author] = reaction.Emoji;
                    break;
                default:
                    break;
            }
        }

        return isRemoved
            ? Describe(message.Id, "", message.Id, null, isRemoved, null, new Dictionary<PeerId, string>())
            : Describe(
                message.Id,
                text,
                textFrom,
                editedAt,
                isRemoved,
                (written!.Content as RoomContent.Reply)?.To,
                reactions.Where(one => one.Value.Length > 0).ToDictionary()
            );
    }

    private static bool IsInTime(RoomMessage? written, RoomMessage edit) =>
        written is not null && (edit.SentAt - written.SentAt).Duration() <= ContentRules.EditLimit;

    private static string Describe(
        RoomEventId id,
        string text,
        RoomEventId textFrom,
        DateTimeOffset? editedAt,
        bool isRemoved,
        RoomEventId? replyTo,
        IReadOnlyDictionary<PeerId, string> reactions
    )
    {
        var reacted = string.Join(' ', reactions.OrderBy(one => one.Key).Select(one => $"{one.Key.Short}{one.Value}"));
        return $"{id} '{text}' of {textFrom} edited {editedAt:O} removed {isRemoved} to {replyTo} reactions {reacted}";
    }
}

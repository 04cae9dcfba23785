using System.Runtime.CompilerServices;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>A change of the members, their roles or the name, shown between the messages of a room.</summary>
/// <param name="Kind">Create, join, leave, remove, role, rename or picture.</param>
/// <param name="Subject">Whom it concerns; null if nobody but its author.</param>
/// <param name="Role">The new role of the subject; <see cref="RoomRole.None"/> for other kinds.</param>
public sealed record RoomNotice(RoomEventId Event, RoomEventKind Kind, PeerId Author, PeerId? Subject, RoomRole Role);

/// <summary>
/// Places membership events among messages: each before the first message whose author knew it. They carry no time.
/// </summary>
internal static class RoomNotices
{
    // Messages before the first row, whose authors may have known more than the author of that row.
    private const int Earlier = 16;

    // A page reads them with every change of what it shows.
    private static readonly ConditionalWeakTable<Resolution, IReadOnlyList<MembershipNode>> Shown = [];

    /// <param name="rows">Messages in their order, without gaps.</param>
    /// <param name="isEnd">Whether the last row is the newest message.</param>
    /// <returns>For each row what comes before it, and one more for what comes after the last row.</returns>
    public static IReadOnlyList<IReadOnlyList<RoomNotice>> Among(
        RoomLog log,
        IReadOnlyList<RoomEventId> rows,
        bool isEnd
    )
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(rows);
        var waiting = Shown.GetValue(log.Membership.Current, current => Find(log.Membership, current)).ToList();
        var messages = rows.Select(id => log.Messages.Find(id)).OfType<MessageNode>().ToList();
        if (messages.Count > 0)
        {
            var first = log.Messages.IndexOf(messages[0]);
            for (var i = Math.Max(0, first - Earlier); i < first; i++)
            {
                _ = Take(waiting, log.Messages.Ordered[i]);
            }
        }

        var notices = new List<IReadOnlyList<RoomNotice>>(rows.Count + 1);
        MessageNode? before = null;
        foreach (var id in rows)
        {
            var node = log.Messages.Find(id);
            // Most messages know the same as the one before.
            var isSame = node is null || (before is not null && before.Heads.SequenceEqual(node.Heads));
            notices.Add(isSame ? [] : Take(waiting, node!));
            before = node ?? before;
        }

        notices.Add(isEnd ? [.. waiting.Select(Of)] : []);
        return notices;
    }

    private static List<MembershipNode> Find(MembershipLog membership, Resolution current) =>
        [.. membership.Ordered.Where(node => current.Counting.Contains(node) && IsShown(membership, node))];

    private static RoomNotice[] Take(List<MembershipNode> waiting, MessageNode message)
    {
        RoomNotice[] known = [.. waiting.Where(message.Knows).Select(Of)];
        _ = waiting.RemoveAll(message.Knows);
        return known;
    }

    private static RoomNotice Of(MembershipNode node) =>
        new(
            node.Event.Id,
            node.Event.Kind,
            node.Event.Author,
            node.Event.Kind is RoomEventKind.Remove or RoomEventKind.Role ? node.Event.Subject : null,
            node.Event.Role
        );

    // Invitations that were declined or withdrawn concern nobody else.
    private static bool IsShown(MembershipLog membership, MembershipNode node) =>
        node.Event.Kind switch
        {
            RoomEventKind.Leave => membership.HadJoined(node.Event.Author, node),
            RoomEventKind.Remove => membership.HadJoined(node.Event.Subject, node),
            RoomEventKind.Create
            or RoomEventKind.Join
            or RoomEventKind.Role
            or RoomEventKind.Rename
            or RoomEventKind.Picture => true,
            _ => false,
        };
}

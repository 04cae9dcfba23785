using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>A message of a room as it is shown, with what later ones have changed.</summary>
public sealed class RoomRow
{
    internal RoomRow(RoomEvent roomEvent, RoomMessage? message, MessageStatus status)
    {
        (Event, TextFrom, Author, Status) = (roomEvent.Id, roomEvent.Id, roomEvent.Author, status);
        IsRemoved = message is null;
        Text = message?.Text ?? "";
        SentAt = message?.SentAt;
        ReplyTo = (message?.Content as RoomContent.Reply)?.To;
    }

    public RoomEventId Event { get; }
    public PeerId Author { get; }
    public MessageStatus Status { get; }

    /// <summary>Empty if removed.</summary>
    public string Text { get; internal set; }

    /// <summary>The event that has the text: the message, or the last edit that counts.</summary>
    public RoomEventId TextFrom { get; internal set; }

    /// <summary>By the author's clock; null if the body is missing.</summary>
    public DateTimeOffset? SentAt { get; }
    public RoomEventId? ReplyTo { get; internal set; }
    public DateTimeOffset? EditedAt { get; internal set; }

    /// <summary>Whether the message was deleted for everyone, or its body is missing.</summary>
    public bool IsRemoved { get; internal set; }

    internal SortedDictionary<PeerId, string> AllReactions { get; } = [];

    /// <summary>One emoji per member.</summary>
    public IReadOnlyDictionary<PeerId, string> Reactions => AllReactions;
}

/// <summary>
/// What a room shows: its messages in order, each changed by those after it. An edit or delete of another member's
/// message does nothing.
/// </summary>
public sealed class RoomTimeline
{
    private const int MaxVersions = 20;
    private const int MaxChanges = 50;

    private readonly RoomLog _log;
    private readonly RowChanges _changes;

    internal RoomTimeline(RoomLog log) => (_log, _changes) = (log, new RowChanges(log));

    /// <summary>The rows of a whole room.</summary>
    public static IReadOnlyList<RoomRow> Of(RoomLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var timeline = new RoomTimeline(log);
        foreach (var node in log.Messages.Ordered)
        {
            timeline.Note(node.Event);
        }

        return [.. timeline.From(index: 0)];
    }

    /// <summary>The newest rows, the newest first.</summary>
    public IEnumerable<RoomRow> Newest => Before(_log.Messages.Ordered.Count);

    /// <summary>The messages that are shown, the oldest first.</summary>
    public IReadOnlyList<RoomEventId> Shown => [.. _log.Messages.Ordered.Where(IsShown).Select(node => node.Event.Id)];

    /// <returns>Null if there is no such message, or if it only changes another one.</returns>
    public RoomRow? Find(RoomEventId id) => _log.Messages.Find(id) is { } node && IsShown(node) ? RowOf(node) : null;

    /// <summary>The message that a reaction, edit or delete changes, as it is now; null if it is unknown.</summary>
    public RoomRow? ChangedBy(RoomEventId id) =>
        _log.Messages.Find(id) is { } node && TargetOf(node.Event) is { } target ? Find(target) : null;

    /// <summary>The message itself, or the one that it changes; null if it is unknown, or changes none.</summary>
    public RoomEventId? ShownBy(RoomEventId id) =>
        _log.Messages.Find(id) is not { } node ? null
        : node.Event.Kind == RoomEventKind.Change ? TargetOf(node.Event)
        : id;

    /// <summary>The texts that a message had before, oldest first: the first one, and the last ones.</summary>
    public IReadOnlyList<RoomMessage> VersionsOf(RoomEventId id)
    {
        if (_log.Messages.Find(id) is not { } node || Find(id) is not { IsRemoved: false } row)
        {
            return [];
        }

        var first = RoomMessage.Of(node.Event)!;
        var edits = CountingEdits(node, row).Select(edit => edit.Message).Take(MaxVersions + 1).ToList();
        return edits.Count == 0 ? [] : [first, .. edits.Skip(1).Reverse()];
    }

    /// <summary>The last reactions, edits and deletes of a message that count, the newest first.</summary>
    public IReadOnlyList<(RoomEventId Id, PeerId Author, RoomMessage Message)> ChangesOf(RoomEventId id)
    {
        if (_log.Messages.Find(id) is not { } node || !IsShown(node))
        {
            return [];
        }

        var sentAt = RoomMessage.Of(node.Event)?.SentAt;
        return
        [
            .. _changes
                .LastOf(node, MaxChanges, Counts)
                .Select(change => (change.Event.Id, change.Event.Author, RoomMessage.Of(change.Event)!)),
        ];

        bool Counts(MessageNode change) =>
            _log.Removals.StatusOf(change) == MessageStatus.Counts
            && RoomMessage.Of(change.Event) is { } message
            && (
                message.Content is not RoomContent.Edit
                || (sentAt is { } at && ContentRules.MayEdit(at, message.SentAt))
            );
    }

    /// <summary>Whether there is such a message, or one that changes another.</summary>
    public bool Contains(RoomEventId id) => IndexOf(id) is not null;

    /// <summary>Whether a message comes after another. Unknown ones come first.</summary>
    public bool IsAfter(RoomEventId id, RoomEventId other) => (IndexOf(id) ?? -1) > (IndexOf(other) ?? -1);

    /// <summary>The rows after a message, the oldest first. Empty if it is unknown.</summary>
    public IEnumerable<RoomRow> After(RoomEventId id) => IndexOf(id) is { } index ? From(index + 1) : [];

    /// <summary>The rows before a message, the newest first. Empty if it is unknown.</summary>
    public IEnumerable<RoomRow> Before(RoomEventId id) => IndexOf(id) is { } index ? Before(index) : [];

    /// <summary>A message has got its place, or its body.</summary>
    internal void Note(RoomEvent placed) => _changes.Add(placed);

    /// <summary>A message has another place.</summary>
    internal void Move(RoomEventId id) => _changes.Move(id);

    private int? IndexOf(RoomEventId id) => _log.Messages.Find(id) is { } node ? _log.Messages.IndexOf(node) : null;

    private IEnumerable<RoomRow> From(int index) => Rows(_log.Messages.Ordered.Skip(index));

    private IEnumerable<RoomRow> Before(int index)
    {
        for (var i = index - 1; i >= 0; i--)
        {
            if (IsShown(_log.Messages.Ordered[i]))
            {
                yield return RowOf(_log.Messages.Ordered[i]);
            }
        }
    }

    private IEnumerable<RoomRow> Rows(IEnumerable<MessageNode> nodes) => nodes.Where(IsShown).Select(RowOf);

    private bool IsShown(MessageNode node) =>
        node.Event.Kind != RoomEventKind.Change
        && !_log.Hidden.Contains(node.Event.Id)
        && !_log.Forgotten.Contains(node.Event.Id);

    private RoomRow RowOf(MessageNode node)
    {
        var row = new RoomRow(node.Event, RoomMessage.Of(node.Event), _log.Removals.StatusOf(node));
        // A delete has erased the text, whether it counts or not.
        if (row.IsRemoved || _changes.Of<RoomContent.Delete>(node, row.Author).Any())
        {
            (row.Text, row.IsRemoved, row.ReplyTo) = ("", true, null);
            return row;
        }

        var edit = CountingEdits(node, row).FirstOrDefault();
        if (edit.Message is { } edited)
        {
            (row.Text, row.TextFrom, row.EditedAt) = (edited.Text, edit.Id, edited.SentAt);
        }

        foreach (var author in _changes.ReactedTo(node.Event.Id))
        {
            if (
                Counting<RoomContent.Reaction>(node, author).FirstOrDefault().Message is
                { Content: RoomContent.Reaction { Emoji: { Length: > 0 } emoji } }
            )
            {
                row.AllReactions[author] = emoji;
            }
        }

        return row;
    }

    private IEnumerable<(RoomEventId Id, RoomMessage Message)> CountingEdits(MessageNode node, RoomRow row) =>
        Counting<RoomContent.Edit>(node, row.Author)
            .Where(edit => row.SentAt is { } sentAt && ContentRules.MayEdit(sentAt, edit.Message.SentAt));

    private IEnumerable<(RoomEventId Id, RoomMessage Message)> Counting<T>(MessageNode node, PeerId author)
        where T : RoomContent =>
        _changes
            .Of<T>(node, author)
            .Where(change => _log.Removals.StatusOf(change) == MessageStatus.Counts)
            .Select(change => (change.Event.Id, Message: RoomMessage.Of(change.Event)!))
            .Where(change => change.Message is not null);

    internal static RoomEventId? TargetOf(RoomEvent placed) =>
        placed.Kind == RoomEventKind.Change
            ? RoomMessage.Of(placed)?.Content switch
            {
                RoomContent.Reaction reaction => reaction.To,
                RoomContent.Edit edit => edit.Of,
                RoomContent.Delete delete => delete.Of,
                _ => null,
            }
            : null;
}

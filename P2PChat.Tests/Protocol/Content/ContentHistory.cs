using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Protocol.Content;

/// <summary>One message as the history of one side has it, in the order in which that side sent and received.</summary>
internal sealed record HistoryMessage(
    Guid Id,
    bool IsOwn,
    DateTimeOffset SentAt,
    string Text,
    MessageContent? Content = null
)
{
    public static HistoryMessage Of(IncomingMessage message) =>
        new(message.Id, IsOwn: false, message.SentAt, message.Text, message.Content);

    public static HistoryMessage Of(OutgoingMessage message) =>
        // As on the wire.
        new(
            message.Id,
            IsOwn: true,
            DateTimeOffset.FromUnixTimeMilliseconds(message.SentAt.ToUnixTimeMilliseconds()),
            message.Text,
            message.Content
        );
}

/// <summary>What the user sees of one message.</summary>
internal sealed class HistoryRow(HistoryMessage message)
{
    public Guid Id => message.Id;

    public bool IsOwn => message.IsOwn;

    public DateTimeOffset SentAt => message.SentAt;

    /// <summary>Whether it can be replied to and changed.</summary>
    public bool IsText => MessageContent.IsText(message.Content);

    public MessageReference? ReplyTo { get; set; } = (message.Content as MessageContent.Reply)?.To;

    public string Text { get; set; } = message.Text;

    public DateTimeOffset? EditedAt { get; set; }

    public bool IsRemoved { get; set; }

    /// <summary>Earlier texts and when they were sent, oldest first.</summary>
    public List<(string Text, DateTimeOffset SentAt)> Versions { get; } = [];

    /// <summary>Empty if there is none.</summary>
    public string OwnReaction { get; set; } = "";

    public string TheirReaction { get; set; } = "";

    /// <summary>Everything in one line.</summary>
    /// <param name="fromOtherSide">Whether to describe it as the other side sees it.</param>
    public string Describe(bool fromOtherSide)
    {
        var (own, their) = fromOtherSide ? (TheirReaction, OwnReaction) : (OwnReaction, TheirReaction);
        // A reference is relative to the receiver of its message, on both sides.
        return $"{(IsOwn != fromOtherSide ? "own" : "their")} {Id} {SentAt:O} '{Text}', reply to {ReplyTo}, "
            + $"edited {EditedAt:O}, removed {IsRemoved}, own {own}, their {their}, "
            + string.Join(' ', Versions.Select(version => $"{version.SentAt:O} '{version.Text}'"));
    }
}

/// <summary>
/// The history that a peer shows: docs/protocol.md, section 20, applied to messages in order. Every store of messages
/// must show the same.
/// </summary>
internal sealed class ContentHistory
{
    private readonly Dictionary<(Guid Id, bool IsOwn), HistoryRow> _rows = [];
    private readonly List<HistoryRow> _inOrder = [];

    public ContentHistory(IEnumerable<HistoryMessage> messages)
    {
        foreach (var message in messages)
        {
            Apply(message);
        }
    }

    public IReadOnlyList<HistoryRow> Rows => _inOrder;

    public void Apply(HistoryMessage message)
    {
        switch (message.Content)
        {
            case null or MessageContent.Reply or MessageContent.Timer:
                var row = new HistoryRow(message);
                if (_rows.TryAdd((row.Id, row.IsOwn), row))
                {
                    _inOrder.Add(row);
                }

                break;
            case MessageContent.Reaction reaction:
                React(message, reaction);
                break;
            case MessageContent.Edit edit:
                Edit(message, edit.Id);
                break;
            case MessageContent.Delete delete:
                Delete(message, delete.Id);
                break;
        }
    }

    private void React(HistoryMessage message, MessageContent.Reaction reaction)
    {
        if (Find(reaction.To.Id, message.IsOwn != reaction.To.Yours) is not { } row)
        {
            return;
        }

        if (message.IsOwn)
        {
            row.OwnReaction = reaction.Emoji;
        }
        else
        {
            row.TheirReaction = reaction.Emoji;
        }
    }

    private void Edit(HistoryMessage message, Guid id)
    {
        var text = FallbackText.NewTextOf(message.Text);
        if (
            text.Length == 0
            || Find(id, message.IsOwn) is not { } row
            || !ContentRules.MayEdit(row.SentAt, message.SentAt)
        )
        {
            return;
        }

        row.Versions.Add((row.Text, row.EditedAt ?? row.SentAt));
        if (ContentRules.VersionToDrop(row.Versions.Count) is { } drop)
        {
            row.Versions.RemoveAt(drop);
        }

        (row.Text, row.EditedAt) = (text, message.SentAt);
    }

    private void Delete(HistoryMessage message, Guid id)
    {
        if (Find(id, message.IsOwn) is not { } row)
        {
            return;
        }

        row.Versions.Clear();
        // The other side may have received it emptied, as a plain message.
        row.ReplyTo = null;
        (row.IsRemoved, row.Text, row.EditedAt, row.OwnReaction, row.TheirReaction) = (true, "", null, "", "");
    }

    // A message that is still shown.
    private HistoryRow? Find(Guid id, bool isOwn) =>
        _rows.TryGetValue((id, isOwn), out var row) && row is { IsRemoved: false, IsText: true } ? row : null;
}

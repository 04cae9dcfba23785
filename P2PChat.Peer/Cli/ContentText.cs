using System.Globalization;
using P2PChat.Client;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Content;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary>Replies, reactions, edits and deletes as plain lines.</summary>
internal static class ContentText
{
    /// <summary>Shown instead of a deleted message.</summary>
    public const string Deleted = "(deleted)";

    /// <summary>Shown instead of a message whose time has run out.</summary>
    public const string Disappeared = "(disappeared)";

    /// <summary>Shown after the text of an edited message.</summary>
    public const string Edited = "(edited)";

    /// <summary>Shown after the text of a message that disappears.</summary>
    public const string Disappears = "(disappears)";

    private const int ExcerptLength = 40;
    private const string Time = "yyyy-MM-dd HH:mm:ss";

    /// <summary>The text of a message with everything that belongs to it, on one line.</summary>
    public static string Line(MessageItem message)
    {
        if (Removed(message) is { } removed)
        {
            return removed;
        }

        if (message.Timer is { } timer)
        {
            return Timer(timer);
        }

        var quote = message.ReplyTo is { } to ? $"[reply to {Quote(to)}] " : "";
        var edited = message.EditedAt is null ? "" : $" {Edited}";
        var reactions = message.Reactions is { Count: > 0 } all ? $" [{Reactions(all)}]" : "";
        var disappears = message.ExpiresAfter is null ? "" : $" {Disappears}";
        return $"{quote}{SafeText.Show(message.Text)}{edited}{disappears}{reactions}";
    }

    /// <summary>What is shown instead of a message without a text; null if it has one.</summary>
    public static string? Removed(MessageItem message) =>
        message.Disappeared ? Disappeared
        : message.Deleted ? Deleted
        : null;

    /// <summary>The line of the history that says that a user has set the timer.</summary>
    public static string Timer(long seconds) => $"({TimerCommand.Changed(seconds)})";

    /// <summary>The message that a reply quotes, such as <c>bob: "What is left to do?"</c>.</summary>
    public static string Quote(QuoteItem quote) =>
        quote switch
        {
            { Disappeared: true } => $"{quote.From}: {Disappeared}",
            { Deleted: true } => $"{quote.From}: {Deleted}",
            { Text: { } text } => $"{quote.From}: \"{MessageText.PreviewQuote(text, ExcerptLength)}\"",
            _ => $"{quote.From}: (message not on this device)",
        };

    /// <summary>Each emoji with its users, such as <c>👍 alice, bob</c>.</summary>
    public static string Reactions(IReadOnlyList<ReactionItem> reactions) =>
        string.Join(
            "; ",
            reactions
                .GroupBy(reaction => reaction.Emoji)
                .Select(group =>
                    $"{SafeText.Show(group.Key)} {string.Join(", ", group.Select(reaction => reaction.From))}"
                )
        );

    /// <returns>Null for a change by this user, who has seen its outcome.</returns>
    public static string? Change(ApiEvent.MessageChanged changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        var (name, message) = (changed.By, changed.Message);
        if (name != changed.Username)
        {
            return null;
        }

        var excerpt = MessageText.Preview(message.Text, ExcerptLength);
        return changed.Change switch
        {
            MessageChange.Delete => $"* {name} deleted a message",
            MessageChange.Edit => $"* {name} edited a message: {excerpt}",
            MessageChange.Reaction when message.Reactions?.FirstOrDefault(one => one.From == name) is { } reaction =>
                $"* {name} reacted with {SafeText.Show(reaction.Emoji)} to \"{excerpt}\"",
            MessageChange.Reaction => $"* {name} removed a reaction to \"{excerpt}\"",
            _ => null,
        };
    }

    /// <returns>Null for a change that has arrived.</returns>
    public static string? Receipt(ApiEvent.ChangeReceipt receipt)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        var name = receipt.Username;
        var (change, again) = receipt.Change switch
        {
            MessageChange.Reaction => ("reaction to a message", $"react {name} {receipt.Id} <emoji>"),
            MessageChange.Edit => ("edit of a message", $"edit {name} {receipt.Id} <message>"),
            _ => ("delete of a message", $"unsend {name} {receipt.Id}"),
        };
        return receipt.State switch
        {
            _ when IsMissing(receipt.State) => $"* {name} does not have your {change}. Use '{again}' to send it again",
            MessageState.Unconfirmed =>
                $"* your {change} with {name} was not confirmed in time. It may still arrive from their mailbox. "
                    + $"Use '{again}' to send it again",
            _ => null,
        };
    }

    /// <summary>The times, the earlier versions and the changes of a message.</summary>
    public static IEnumerable<string> Info(MessageInfoResponse info, TimeZoneInfo timeZone)
    {
        var message = info.Message;
        // As typed, because the user has asked for this message.
        yield return $"{message.From}: {Line(message)}";
        yield return $"  id         {message.Id}";
        yield return $"  sent       {Show(message.SentAt)}";
        foreach (
            var (label, time) in ((string, DateTimeOffset?)[])
                [("delivered", info.DeliveredAt), ("read", info.ReadAt), ("received", info.ReceivedAt)]
        )
        {
            if (time is { } at)
            {
                yield return $"  {label, -9}  {Show(at)}";
            }
        }

        if (message.ChangeState is { } changed && IsMissing(changed))
        {
            yield return "  The other peer does not have your last change. Repeat it to send it again.";
        }

        if (message.ExpiresAfter is { } seconds)
        {
            var from = message.State == MessageState.Received ? "reading" : "delivery";
            yield return message.ExpiresAt is { } end
                ? $"  disappears {Show(end)} at the earliest"
                : $"  disappears {TimerRules.Describe((uint)seconds)} after {from}";
        }

        foreach (var version in info.Versions)
        {
            yield return $"  earlier    {Show(version.SentAt)}  {SafeText.Show(version.Text)}";
        }

        var reacted = new HashSet<string>();
        foreach (var change in info.Changes)
        {
            // The newest change of each user is the reaction that the message has now.
            var emoji =
                change.Change == MessageChange.Reaction && reacted.Add(change.From)
                    ? Reaction(message.Reactions?.FirstOrDefault(one => one.From == change.From)?.Emoji)
                    : "";
            var state = CommandText.Remark(change.State) is { Length: > 0 } remark ? $" ({remark})" : "";
            yield return $"  {Name(change.Change), -9}  {Show(change.SentAt)}  by {change.From}{emoji}{state}";
        }

        string Show(DateTimeOffset time) =>
            TimeZoneInfo.ConvertTime(time, timeZone).ToString(Time, CultureInfo.InvariantCulture);
    }

    /// <summary>A reaction behind the name of its user; null for one that was removed.</summary>
    public static string Reaction(string? emoji) => emoji is null ? ", removed" : $": {SafeText.Show(emoji)}";

    // The other peer lacks the change for sure.
    internal static bool IsMissing(MessageState state) =>
        state is MessageState.Expired or MessageState.Refused or MessageState.Lost;

    private static string Name(MessageChange change) =>
        change switch
        {
            MessageChange.Reaction => "reaction",
            MessageChange.Edit => "edit",
            _ => "delete",
        };
}

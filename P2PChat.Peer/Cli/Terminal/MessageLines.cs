using System.Globalization;
using System.Text.RegularExpressions;
using P2PChat.Client;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Messages as rows of a terminal. Rows after the first begin with blanks, so that no received text can imitate a
/// message, a day rule or the prompt.
/// </summary>
/// <param name="self">This peer's username.</param>
/// <param name="hueOf">Returns the hue of a username.</param>
public sealed partial class MessageLines(string self, Func<string, int> hueOf, Ink ink, TimeProvider timeProvider)
{
    // More lines of one message would push everything else off the screen.
    private const int MaxLines = 200;
    private const int MaxLength = 16_384;

    private const string LeftToRightMark = "\u200e";

    // "HH:mm ".
    private const int TimeColumns = 6;
    private const int EventColumns = 8;

    // With fewer columns, continued rows lose the marks of quotes and lists.
    private const int MinTextColumns = 8;

    /// <summary>The lines between days, and before unread messages.</summary>
    public DayRule Days { get; } = new(ink, timeProvider);

    /// <summary>The rule before unread messages.</summary>
    public string NewRule() => ink.Attention(ink.IsUnicode ? "── new ──" : "-- new --");

    /// <summary>Whether this user sent the message, so that it has a tick.</summary>
    public bool IsOwn(MessageItem message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.From == self;
    }

    /// <summary>A whole message, without a day rule.</summary>
    /// <param name="showsSpoilers">Whether hidden text is shown.</param>
    public IReadOnlyList<string> Rows(MessageItem message, int width, bool showsSpoilers = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        var head = $"{Time(message.SentAt)} {Name(message.From)}: ";
        var margin = MarginOf(head, width);
        if (ContentText.Removed(message) is { } removed)
        {
            return [LeftToRight(head + ink.Quiet(removed))];
        }

        if (message.Timer is { } timer)
        {
            return [.. WordWrap.Rows(head + ink.Quiet(ContentText.Timer(timer)), width, margin)];
        }

        var quote = message.ReplyTo is { } to ? ContentText.Quote(to) : null;
        var rows = Text(head, message.Text, quote, LinkId(message.Id), width, showsSpoilers);
        if (message.EditedAt is not null)
        {
            AddToLast(rows, ink.Quiet(ContentText.Edited), margin, width);
        }

        if (message.ExpiresAfter is not null)
        {
            AddToLast(rows, ink.Quiet(ContentText.Disappears), margin, width);
        }

        if (IsOwn(message))
        {
            AddTick(rows, message.State, margin, width);
        }

        if (message.Reactions is { Count: > 0 } reactions)
        {
            rows.AddRange(WordWrap.Rows(margin + ink.Quiet(ContentText.Reactions(reactions)), width, margin));
        }

        return [.. rows.Select(LeftToRight)];
    }

    /// <summary>A whole message of a room, without a day rule.</summary>
    /// <param name="showsRoom">Whether the room is named.</param>
    /// <inheritdoc cref="Rows(MessageItem, int, bool)" path="/param[@name='showsSpoilers']"/>
    public IReadOnlyList<string> Rows(RoomMessageItem message, int width, bool showsRoom, bool showsSpoilers = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        var head = Head(message, showsRoom ? $"{Room(message, NamedRoom.MaxColumns)} " : "");
        var margin = MarginOf(head, width);
        if (RoomText.Hidden(message) is { } hidden)
        {
            return [.. WordWrap.Rows(head + ink.Quiet(hidden), width, margin).Select(LeftToRight)];
        }

        var quote = message.ReplyTo is { } to ? RoomText.Quote(to) : null;
        var rows = Text(head, message.Text, quote, message.Id[^8..], width, showsSpoilers);
        foreach (var note in RoomText.Notes(message))
        {
            AddToLast(rows, ink.Quiet(note), margin, width);
        }

        if (message.Yours)
        {
            AddToLast(rows, MessageTick.Draw(message.Readers, ink), margin, width, MessageTick.RoomWidth(ink));
        }

        if (message.Reactions is { Count: > 0 } reactions)
        {
            rows.AddRange(WordWrap.Rows(margin + ink.Quiet(RoomText.Reactions(reactions)), width, margin));
        }

        return [.. rows.Select(LeftToRight)];
    }

    /// <summary>The beginning of a message of a conversation that is not open, in one row.</summary>
    /// <param name="number">The number by which the user opens the conversation; null if it has none.</param>
    public string Brief(MessageItem message, int? number, int width)
    {
        ArgumentNullException.ThrowIfNull(message);
        var place = number is { } digit ? ink.Attention($"[{digit}]") + " " : "";
        var head = $"{Time(message.SentAt)} {place}{Name(message.From)}: ";
        return Brief(head, message.Text, width);
    }

    /// <summary>The beginning of a message of a room that is not open, in one row.</summary>
    /// <inheritdoc cref="Brief(MessageItem, int?, int)" path="/param"/>
    public string Brief(RoomMessageItem message, int number, int width)
    {
        ArgumentNullException.ThrowIfNull(message);
        var place = $"{ink.Attention($"[{number}]")} ";
        var left = width - 1 - TerminalEscape.Columns(Head(message, place));
        var head = Head(message, $"{place}{Room(message, Math.Clamp(left / 2, 1, NamedRoom.MaxColumns))} ");
        return RoomText.Hidden(message) is { } hidden
            ? LeftToRight(head + ink.Quiet(ink.Cut(hidden, RoomFor(head, width))))
            : Brief(head, message.Text, width);
    }

    /// <summary>An event that happened now.</summary>
    /// <param name="line">It may be coloured.</param>
    public IReadOnlyList<string> Notice(string line, int width) =>
        WordWrap.Rows($"{Time(timeProvider.GetUtcNow())} {line}", width, new string(' ', Margin(EventColumns, width)));

    /// <summary>Messages of a conversation, with day rules.</summary>
    /// <inheritdoc cref="Rows(MessageItem, int, bool)" path="/param[@name='showsSpoilers']"/>
    public IEnumerable<string> Page(IEnumerable<MessageItem> messages, int width, bool showsSpoilers = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        foreach (var message in messages)
        {
            if (Days.Before(message.SentAt) is { } rule)
            {
                yield return rule;
            }

            foreach (var row in Rows(message, width, showsSpoilers))
            {
                yield return row;
            }
        }
    }

    /// <summary>Messages of a room, with day rules.</summary>
    /// <inheritdoc cref="Page(IEnumerable{MessageItem}, int, bool)"/>
    public IEnumerable<string> Page(IEnumerable<RoomMessageItem> messages, int width, bool showsSpoilers = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        foreach (var message in messages)
        {
            if (message.SentAt is { } at && Days.Before(at) is { } rule)
            {
                yield return rule;
            }

            foreach (var row in Rows(message, width, showsRoom: false, showsSpoilers))
            {
                yield return row;
            }
        }
    }

    /// <summary>A username in its hue.</summary>
    public string Name(string username) => ink.Person(username, hueOf(username));

    private string Brief(string head, string text, int width)
    {
        var room = RoomFor(head, width);
        var preview = MessageText.Preview(text, Math.Max(1, room));
        return LeftToRight(head + ink.Cut(preview, room));
    }

    private static int RoomFor(string head, int width) => width - 1 - TerminalEscape.Columns(head);

    // Others choose the name. A row that is too long would continue in the first column.
    private string Room(RoomMessageItem message, int columns) =>
        ink.Name(ink.Cut(RoomText.Handle(message.RoomName), columns));

    private string Head(RoomMessageItem message, string place)
    {
        // A name that nobody has checked must not look like that of a contact.
        var from = message.From is { Username: { } name, Checked: true } ? Name(name) : RoomText.Name(message.From);
        var time = message.SentAt is { } at ? Time(at) : ink.Quiet("--:--");
        return $"{time} {place}{from}: ";
    }

    // The formatted text, after the quoted message if it is a reply.
    private List<string> Text(string head, string text, string? quote, string linkId, int width, bool showsSpoilers)
    {
        var margin = MarginOf(head, width);
        var blocks = MessageText.Parse(text, MaxLength, MaxLines, out var rest);
        var rows = new List<string>();
        if (quote is not null)
        {
            var arrow = ink.IsUnicode ? "↪" : "reply to";
            rows.AddRange(WordWrap.Rows(head + ink.Quiet($"{arrow} {quote}"), width, margin));
        }

        // Only a paragraph begins next to the name.
        if (rows.Count == 0 && blocks is not [TextBlock.Paragraph, ..])
        {
            rows.Add(head.TrimEnd(' '));
        }

        foreach (var (line, indent) in new TextRows(ink, linkId, showsSpoilers).Draw(blocks))
        {
            rows.AddRange(
                WordWrap.Rows((rows.Count == 0 ? head : margin) + line, width, Fitting(margin + indent, width))
            );
        }

        if (rest.Length > 0)
        {
            rows.AddRange(WordWrap.Rows(margin + ink.Quiet(Rest(rest)), width, margin));
        }

        return rows;
    }

    private static string MarginOf(string head, int width) => new(' ', Margin(TerminalEscape.Columns(head), width));

    // A long name in a narrow terminal leaves no room for text next to it.
    private static int Margin(int columns, int width) =>
        columns <= width / 3 ? columns
        : TimeColumns <= width / 3 ? TimeColumns
        : WordWrap.Indent(width).Length;

    private string Time(DateTimeOffset time) =>
        ink.Quiet(
            TimeZoneInfo.ConvertTime(time, timeProvider.LocalTimeZone).ToString("HH:mm", CultureInfo.InvariantCulture)
        );

    // The last digits of an id are random, the first ones are a time.
    private static string LinkId(Guid message) => message.ToString("N")[^8..];

    // Nested quotes and lists must leave room for text in a narrow terminal.
    private static string Fitting(string indent, int width) =>
        TerminalEscape.Columns(indent) <= width - MinTextColumns ? indent : WordWrap.Indent(width);

    private void AddTick(List<string> rows, MessageState state, string margin, int width) =>
        AddToLast(rows, MessageTick.Draw(state, ink), margin, width, MessageTick.Width(ink));

    private static void AddToLast(List<string> rows, string text, string margin, int width, int? columns = null)
    {
        if (TerminalEscape.Columns(rows[^1]) + 1 + (columns ?? TerminalEscape.Columns(text)) <= width)
        {
            rows[^1] += $" {text}";
        }
        else
        {
            rows.Add(margin + text);
        }
    }

    // A terminal that reorders text must not draw the end of a right-to-left row in the margin.
    private static string LeftToRight(string row) =>
        RightToLeft().IsMatch(row) && row.IndexOf(' ', StringComparison.Ordinal) is var space and >= 0
            ? row.Insert(space + 1, LeftToRightMark)
            : row;

    // Hebrew to Arabic Extended-A, and their presentation forms and younger scripts.
    [GeneratedRegex(@"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]|[\ud802-\ud803\ud83a-\ud83b][\udc00-\udfff]")]
    private static partial Regex RightToLeft();

    private string Rest(string rest) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{ink.Ellipsis} {Count(rest)}. 'export' writes whole messages to a file"
        );

    private static string Count(string rest) =>
        rest.AsSpan().Count('\n') switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"{rest.Length} more characters"),
            1 => "1 more line",
            var lines => string.Create(CultureInfo.InvariantCulture, $"{lines} more lines"),
        };
}

using System.Globalization;
using System.Text;

namespace P2PChat.Protocol.Content;

/// <summary>
/// The text of a message with content, which an older version shows (docs/protocol.md, section 20). Never changes,
/// because both sides must agree on it.
/// </summary>
public static class FallbackText
{
    /// <summary>The text of a delete, and of undelivered messages that it has emptied.</summary>
    public const string Deleted = "deleted a message";

    /// <summary>Prefix of the text of an edit.</summary>
    public const string EditPrefix = "edited: ";

    /// <summary>
    /// The text of an event of a room. It is sent only to peers that know rooms, so it is shown only after a downgrade.
    /// </summary>
    public const string Room = "sent something to a room";

    // Also in UTF-16 units, because one visible character can have any length.
    private const int QuoteElements = 40;
    private const int QuoteLength = 4 * QuoteElements;
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>The text to send with this content.</summary>
    /// <param name="text">
    /// For a reply its text, for an edit the new text, for a reaction the text of the message that it refers to. Not
    /// used for a delete or a timer.
    /// </param>
    public static string Of(MessageContent? content, string text) =>
        content switch
        {
            MessageContent.Edit => EditPrefix + text,
            MessageContent.Delete => Deleted,
            MessageContent.Room => Room,
            MessageContent.Timer { Seconds: 0 } => "turned off disappearing messages",
            MessageContent.Timer timer =>
                $"set messages to disappear {TimerRules.Describe(timer.Seconds)} after reading",
            MessageContent.File { Offer: var offer } => $"offered a file: {offer.Name} ({SizeOf(offer.Size)})",
            MessageContent.Reaction { Emoji: "" } => $"removed the reaction to \"{Quote(text)}\"",
            MessageContent.Reaction reaction => $"reacted {reaction.Emoji} to \"{Quote(text)}\"",
            _ => text,
        };

    /// <summary>The new text of an edit. Empty if there is none: the edit is then ignored.</summary>
    public static string NewTextOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(EditPrefix, StringComparison.Ordinal) ? text[EditPrefix.Length..] : text;
    }

    /// <summary>A size in the largest binary unit of which there is at least one, rounded down to a tenth.</summary>
    public static string SizeOf(long bytes)
    {
        var (unit, left) = (0, bytes);
        while (left >= 1024 && unit < Units.Length - 1)
        {
            (left, unit) = (left / 1024, unit + 1);
        }

        var tenths = unit == 0 ? 0 : bytes / (1L << (10 * (unit - 1))) % 1024 * 10 / 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{left}{(tenths == 0 ? "" : $".{tenths}")} {Units[unit]}");
    }

    // The beginning of a text, on one line.
    private static string Quote(string text)
    {
        var length = 0;
        for (var elements = 0; elements < QuoteElements && length < text.Length; elements++)
        {
            var element = StringInfo.GetNextTextElementLength(text, length);
            if (length + element > QuoteLength)
            {
                break;
            }

            length += element;
        }

        var quote = new StringBuilder(text, 0, length, QuoteLength + 1);
        for (var i = 0; i < length; i++)
        {
            quote[i] = char.IsControl(quote[i]) || quote[i] is '\u2028' or '\u2029' ? ' ' : quote[i];
        }

        return quote.Append(length < text.Length ? "…" : "").ToString();
    }
}

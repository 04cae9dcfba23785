using System.Globalization;
using System.Text.RegularExpressions;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Formatting;

/// <summary>Reads the text of a message. All of it is rendered as text, never as markup.</summary>
public static partial class MessageText
{
    private const string Fence = "```";
    private const string SpoilerMark = "||";
    private const int MaxBigEmoji = 6;

    // The longest text element (a visible character) that is expected, in UTF-16 units.
    private const int MaxElementLength = 16;

    /// <summary>Reads the formatting. A text with too much formatting is shown as typed.</summary>
    public static IReadOnlyList<TextBlock> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(SafeText.Show));
        return string.IsNullOrWhiteSpace(shown)
            ? []
            : MarkdownReader.Read(shown) ?? [new TextBlock.Paragraph([new TextPart.Plain(shown.Trim('\n'))])];
    }

    /// <summary>Reads the formatting, and cuts a long message.</summary>
    /// <param name="length">The greatest length of what is shown, in UTF-16 units.</param>
    /// <param name="lines">The greatest number of lines that are shown.</param>
    /// <param name="rest">The text that is not shown; empty if all of it is.</param>
    public static IReadOnlyList<TextBlock> Parse(string text, int length, int lines, out string rest)
    {
        var blocks = Parse(text);
        var flat = FlatText.Of(blocks);
        var end = Cut(flat, length, lines).Length;
        rest = flat[end..];
        return rest.Length > 0 ? new TextCut(end).Keep(blocks) : blocks;
    }

    /// <summary>Whether the message has a spoiler.</summary>
    public static bool HasSpoiler(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains(SpoilerMark, StringComparison.Ordinal) && Flatten(text) != FlatText.Of(Parse(text));
    }

    /// <summary>The text without its formatting, with blocks instead of hidden text.</summary>
    public static string Flatten(string text) => FlatText.Of(Parse(text), hidesSpoilers: true);

    /// <summary>Shortens a message to one line without formatting.</summary>
    /// <param name="length">The greatest length in text elements.</param>
    public static string Preview(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Preview(text, length, isCut: false);
    }

    /// <summary>Shortens a quote, which may be only the beginning of its message.</summary>
    /// <inheritdoc cref="Preview(string, int)"/>
    public static string PreviewQuote(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Preview(text, length, isCut: text.Length >= MessageQuote.MaxTextLength);
    }

    private static string Preview(string text, int length, bool isCut)
    {
        var begin = Cut(text, MaxElementLength * length, int.MaxValue);
        var flat = Flatten(begin).Replace(Fence, " ", StringComparison.Ordinal);
        // The cut, here or in the store (MessageQuote.MaxTextLength), may have removed the end of a spoiler.
        if (
            (isCut || begin.Length < text.Length)
            && flat.IndexOf(SpoilerMark, StringComparison.Ordinal) is var hidden and >= 0
        )
        {
            flat = $"{flat[..hidden]}…";
        }

        var line = Whitespace().Replace(flat, " ").Trim();
        var elements = new StringInfo(line);
        return elements.LengthInTextElements > length ? elements.SubstringByTextElements(0, length) + "…" : line;
    }

    /// <summary>Cuts a long text after a number of UTF-16 units or lines, whichever comes first.</summary>
    public static string Cut(string text, int length, int lines)
    {
        ArgumentNullException.ThrowIfNull(text);
        var end = Math.Min(text.Length, length);
        var line = 0;
        for (var i = 0; i < end; i++)
        {
            if (text[i] == '\n' && ++line == lines)
            {
                end = i;
            }
        }

        // Never between the halves of a surrogate pair.
        return end < text.Length && end > 0 && char.IsHighSurrogate(text[end - 1]) ? text[..(end - 1)] : text[..end];
    }

    /// <summary>Whether a text consists of only a few emoji, which are shown large.</summary>
    public static bool IsEmoji(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxBigEmoji * MaxElementLength)
        {
            return false;
        }

        var elements = 0;
        var enumerator = StringInfo.GetTextElementEnumerator(text.Trim());
        while (enumerator.MoveNext())
        {
            var element = enumerator.GetTextElement();
            if (element == " ")
            {
                continue;
            }

            if (!IsEmojiElement(element) || ++elements > MaxBigEmoji)
            {
                return false;
            }
        }

        return elements > 0;
    }

    private static bool IsEmojiElement(string element)
    {
        var rune = element.EnumerateRunes().First().Value;
        return rune is >= 0x1F000 and <= 0x1FAFF
            || (
                rune is >= 0x2300 and <= 0x2BFF
                && (
                    element.Contains('\uFE0F')
                    || rune is 0x2705 or 0x274C or 0x2728 or 0x2B50 or 0x26A1 or 0x2615 or 0x231B or 0x23F0
                )
            )
            || (rune == 0x2764);
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Whitespace();
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Formatting;

/// <summary>Splits a message into code, links and plain text. They are rendered as text, never as markup.</summary>
public static partial class MessageText
{
    private const string Fence = "```";
    private const int MaxBigEmoji = 6;

    // The longest text element (a visible character) that is expected, in UTF-16 units.
    private const int MaxElementLength = 16;

    // A message with more links is probably meant to slow the page down.
    private const int MaxLinks = 100;

    public static IReadOnlyList<TextBlock> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var blocks = new List<TextBlock>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var links = 0;
        var begin = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal) || FindClosingFence(lines, i) is not { } end)
            {
                continue;
            }

            AddParagraph(lines[begin..i]);
            blocks.Add(new TextBlock.Code(Show(lines[(i + 1)..end])));
            (i, begin) = (end, end + 1);
        }

        AddParagraph(lines[begin..]);
        return blocks;

        void AddParagraph(string[] paragraph)
        {
            if (paragraph.Any(line => !string.IsNullOrWhiteSpace(line)))
            {
                blocks.Add(new TextBlock.Paragraph(ParseParts(Show(paragraph).Trim('\n'), ref links)));
            }
        }
    }

    /// <summary>Shortens a message to one line.</summary>
    /// <param name="length">The greatest length in text elements.</param>
    public static string Preview(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        var begin = Cut(text, MaxElementLength * length, int.MaxValue).Replace(Fence, " ", StringComparison.Ordinal);
        var line = SafeText.Show(Whitespace().Replace(begin, " ").Trim());
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

    private static int? FindClosingFence(string[] lines, int opening)
    {
        for (var i = opening + 1; i < lines.Length; i++)
        {
            if (lines[i].TrimEnd() == Fence)
            {
                return i;
            }
        }

        return null;
    }

    private static List<TextPart> ParseParts(string text, ref int links)
    {
        var parts = new List<TextPart>();
        var plain = new StringBuilder();
        var at = 0;
        var from = 0;
        while (CodeOrUrl().Match(text, from) is { Success: true } match)
        {
            from = match.Index + match.Length;
            TextPart part;
            if (match.Value[0] == '`')
            {
                part = new TextPart.Code(match.Value[1..^1]);
            }
            else if (links < MaxLinks)
            {
                // A candidate that turns out not to be a link costs as much as a link.
                links++;
                var read = WebLink.Read(match.Value, match.Index > 0 ? text[match.Index - 1] : '\0');
                // Another link may start right after this one.
                from = match.Index + (read?.Length ?? match.Value.IndexOf(':', StringComparison.Ordinal));
                if (read is null)
                {
                    continue;
                }

                part = read.Value.Link;
            }
            else
            {
                continue;
            }

            plain.Append(text, at, match.Index - at);
            Flush();
            parts.Add(part);
            at = from;
        }

        plain.Append(text, at, text.Length - at);
        Flush();
        return parts;

        void Flush()
        {
            if (plain.Length > 0)
            {
                parts.Add(new TextPart.Plain(plain.ToString()));
            }

            plain.Clear();
        }
    }

    private static string Show(string[] lines) => string.Join('\n', lines.Select(SafeText.Show));

    // `code` or https://example.org/a, within one line.
    [GeneratedRegex(
        "`[^`\n]+`|(?<!\\+)https?://[\\S-[<>\"`\\p{Cc}\\p{Co}\\p{Cn}\\p{Cf}-[\u200c\u200d]]]+",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex CodeOrUrl();

    [GeneratedRegex("\\s+")]
    private static partial Regex Whitespace();
}

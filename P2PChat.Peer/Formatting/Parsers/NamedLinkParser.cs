using Markdig.Helpers;
using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Finds <c>[text](https://example.org)</c> within a line. Titles, references and images are text.</summary>
internal sealed class NamedLinkParser : InlineParser
{
    private const int MaxTextLength = 200;

    public NamedLinkParser()
    {
        OpeningCharacters = ['['];
    }

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var source = slice.AsSpan();
        var end = source[1..Math.Min(source.Length, MaxTextLength + 2)].IndexOfAny("[]\n") + 1;
        var text = source[1..Math.Max(1, end)];
        if (
            slice.PeekCharExtra(-1) == '!'
            || text.IsWhiteSpace()
            || source[end..] is not [']', '(', .. var target]
            || target is not ['h' or 'H', ..]
            || !ParseBudget.Of(processor).TryTakeLink()
            || UrlLength(target) is not { } length
            || WebLink.Find(target[..length].ToString()) is not { } link
        )
        {
            return false;
        }

        processor.Inline = new PartInline(new TextPart.NamedLink(link, MarkdownReader.ReadLabel(text.ToString())));
        slice.Start += end + "](".Length + length + ")".Length;
        return true;
    }

    // Up to the bracket that closes the target. Brackets in the address are in pairs.
    private static int? UrlLength(ReadOnlySpan<char> target)
    {
        var open = 0;
        for (var i = 0; i < Math.Min(target.Length, ParseBudget.MaxUrlLength); i++)
        {
            switch (target[i])
            {
                case '(':
                    open++;
                    break;
                case ')' when open-- == 0:
                    return i;
                case '<' or '>' or '"' or '`':
                case var c when char.IsWhiteSpace(c):
                    return null;
            }
        }

        return null;
    }
}

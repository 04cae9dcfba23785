using Markdig.Helpers;
using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Finds <c>`code`</c> within a line. More backticks around it allow backticks inside.</summary>
internal sealed class CodeSpanParser : InlineParser
{
    public CodeSpanParser()
    {
        OpeningCharacters = ['`'];
    }

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        if (slice.PeekCharExtra(-1) == '`')
        {
            return false;
        }

        var text = slice.AsSpan();
        var run = RunAt(text, 0);
        if (FindRun(text, run) is not { } close)
        {
            return false;
        }

        processor.Inline = new PartInline(new TextPart.Code(Trim(text[run..close]).ToString()));
        slice.Start += close + run;
        return true;
    }

    // Later runs of the same length end this one, so the unsuccessful searches are few.
    private static int? FindRun(ReadOnlySpan<char> text, int length)
    {
        for (var at = length; text[at..].IndexOfAny('`', '\n') is var next and >= 0; )
        {
            at += next;
            var run = RunAt(text, at);
            if (run == length)
            {
                return at;
            }

            if (run == 0)
            {
                break;
            }

            at += run;
        }

        return null;
    }

    private static int RunAt(ReadOnlySpan<char> text, int at) =>
        text[at..].IndexOfAnyExcept('`') is var length and >= 0 ? length : text.Length - at;

    // A space on both sides separates the code from backticks at its ends (CommonMark 0.31, 6.1).
    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> code) =>
        code is [' ', .. var inner, ' '] && inner.ContainsAnyExcept(' ') ? inner : code;
}

using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Finds lists of <c>- item</c>, <c>* item</c> and <c>1. item</c>.</summary>
internal sealed class ListParser : ListBlockParser
{
    public ListParser()
    {
        ItemParsers.Clear();
        ItemParsers.Add(new BulletParser());
        ItemParsers.Add(new NumberedListItemParser { OrderedDelimiters = ['.'] });
    }

    public override BlockState TryOpen(BlockProcessor processor)
    {
        var line = processor.Line.AsSpan();
        return !IsRule(line) && HasText(line) && !NestingLimit.IsReached(processor)
            ? base.TryOpen(processor)
            : BlockState.None;
    }

    // The base class makes a thematic break of it (CommonMark 0.31, 4.1), even without its parser.
    private static bool IsRule(ReadOnlySpan<char> line) =>
        line is [var mark and ('-' or '*' or '_'), ..] && !line.ContainsAnyExcept(mark, ' ', '\t');

    // A mark alone begins no list.
    private static bool HasText(ReadOnlySpan<char> line) =>
        line.IndexOfAny(' ', '\t') is var end and > 0 && line[end..].ContainsAnyExcept(' ', '\t');

    // Without '+', which begins lines of a patch or a sum.
    private sealed class BulletParser : UnorderedListItemParser
    {
        public BulletParser()
        {
            OpeningCharacters = ['-', '*'];
        }
    }
}

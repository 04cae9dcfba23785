using Markdig.Parsers;
using Markdig.Syntax;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>
/// Collects lines of text with the blanks before them. Unlike in CommonMark, a line without <c>&gt;</c> ends a quote, a
/// line without indentation ends a list, and there are no headings and no link references.
/// </summary>
internal sealed class ParagraphParser : ParagraphBlockParser
{
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsBlankLine)
        {
            return BlockState.None;
        }

        KeepBlanks(processor);
        return base.TryOpen(processor);
    }

    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        if (processor.IsBlankLine)
        {
            return BlockState.BreakDiscard;
        }

        // A line of a quote or an item whose mark is missing.
        if (!block.Parent!.IsOpen)
        {
            return BlockState.None;
        }

        KeepBlanks(processor);
        block.UpdateSpanEnd(processor.Line.End);
        return BlockState.Continue;
    }

    public override bool Close(BlockProcessor processor, Block block) => true;

    private static void KeepBlanks(BlockProcessor processor) => processor.GoToColumn(processor.ColumnBeforeIndent);
}

/// <summary>Opens a paragraph for a line that does not continue the one before it.</summary>
internal sealed class NextParagraphParser(ParagraphParser paragraphs) : BlockParser
{
    public override BlockState TryOpen(BlockProcessor processor) => paragraphs.TryOpen(processor);
}

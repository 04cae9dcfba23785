using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Finds code between two <c>```</c> lines. A block that is never closed is text.</summary>
internal sealed class FenceParser : FencedCodeBlockParser
{
    private const string Fence = "```";

    public FenceParser()
    {
        OpeningCharacters = ['`'];
        InfoPrefix = null;
        // What follows the opening backticks names a language, which is not shown.
        InfoParser = (_, ref line, _, _) => !line.AsSpan().Contains('`');
    }

    public override BlockState TryOpen(BlockProcessor processor) =>
        processor.Start < ParseBudget.Of(processor).LastFence ? base.TryOpen(processor) : BlockState.None;

    /// <summary>Finds the last line that can close a block, also in a quote or a list.</summary>
    /// <returns>The position of the line; -1 if there is none.</returns>
    public static int FindLast(ReadOnlySpan<char> text)
    {
        for (var end = text.Length; end >= 0; )
        {
            var start = text[..end].LastIndexOf('\n') + 1;
            var line = text[start..end].Trim("> \t");
            if (line.StartsWith(Fence, StringComparison.Ordinal) && !line.ContainsAnyExcept('`'))
            {
                return start;
            }

            end = start - 1;
        }

        return -1;
    }
}

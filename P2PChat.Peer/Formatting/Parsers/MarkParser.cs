using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Parsers.Inlines;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>
/// Finds <c>**bold**</c>, <c>*italic*</c>, <c>~~struck~~</c> and <c>||hidden||</c>. Marks inside a word or a path, such
/// as <c>2*3*4</c> and <c>/a/_b_/c</c>, format nothing, and neither do marks after a backslash.
/// </summary>
internal sealed class MarkParser : EmphasisInlineParser
{
    // Bold and italic together.
    private const int MaxRun = 3;

    // Scripts before Thai separate words by spaces; later ones, or Korean endings, may follow a mark directly.
    private const char FirstUnspaced = '\u0e00';

    /// <param name="hasSpoilers">Whether text between <c>||</c> is hidden.</param>
    public MarkParser(bool hasSpoilers)
    {
        CjkFriendlyEmphasis = true;
        EmphasisDescriptors.Clear();
        EmphasisDescriptors.Add(new EmphasisDescriptor('*', 1, 2, enableWithinWord: true));
        EmphasisDescriptors.Add(new EmphasisDescriptor('_', 1, 2, enableWithinWord: true));
        EmphasisDescriptors.Add(new EmphasisDescriptor('~', 2, 2, enableWithinWord: true));
        if (hasSpoilers)
        {
            EmphasisDescriptors.Add(new EmphasisDescriptor('|', 2, 2, enableWithinWord: true));
        }
    }

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var mark = slice.CurrentChar;
        var before = slice.PeekCharExtra(-1);
        var run = 1;
        while (run <= MaxRun && slice.PeekChar(run) == mark)
        {
            run++;
        }

        var budget = ParseBudget.Of(processor);
        if (
            before == mark
            || before == '\\'
            || run > MaxRun
            || (IsInWord(before) && IsInWord(slice.PeekChar(run)))
            || budget.IsExceeded
            || !base.Match(processor, ref slice)
        )
        {
            return false;
        }

        budget.AddMark();
        return true;
    }

    private static bool IsInWord(char c) => c == '/' || (c < FirstUnspaced && char.IsLetterOrDigit(c));
}

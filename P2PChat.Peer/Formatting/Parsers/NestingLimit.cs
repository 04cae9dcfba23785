using Markdig.Parsers;
using Markdig.Syntax;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Limits how deeply quotes and lists are nested. Deeper marks are text.</summary>
internal static class NestingLimit
{
    /// <summary>The maximum number of quotes and items around a block.</summary>
    public const int Max = 6;

    public static bool IsReached(BlockProcessor processor)
    {
        var depth = 0;
        for (Block? block = processor.GetCurrentContainerOpened(); block is not null; block = block.Parent)
        {
            depth += block is QuoteBlock or ListItemBlock ? 1 : 0;
        }

        return depth >= Max;
    }
}

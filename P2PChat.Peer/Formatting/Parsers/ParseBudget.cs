using Markdig;
using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>
/// Limits the work for one message. The parsers compare each mark with earlier ones, so their number must be bounded.
/// </summary>
internal sealed class ParseBudget(string text) : MarkdownParserContext
{
    /// <summary>The maximum number of runs of marks such as <c>**</c>.</summary>
    public const int MaxMarks = 1000;

    /// <summary>The maximum length of an address. Longer ones are text.</summary>
    public const int MaxUrlLength = 4000;

    // A message with more links is probably meant to slow the page down.
    private const int MaxLinks = 100;

    private int _links;

    /// <summary>The number of runs of marks so far.</summary>
    public int Marks { get; private set; }

    /// <summary>Whether the message has too many marks. It is then shown without formatting.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>The position of the last line that can close a code block; -1 if there is none.</summary>
    public int LastFence { get; } = FenceParser.FindLast(text);

    public static ParseBudget Of(InlineProcessor processor) => (ParseBudget)processor.Context!;

    public static ParseBudget Of(BlockProcessor processor) => (ParseBudget)processor.Context!;

    public void AddMark() => IsExceeded |= ++Marks > MaxMarks;

    /// <summary>Whether the limit on links allows another.</summary>
    public bool HasLinks => _links < MaxLinks;

    /// <summary>Takes one of the links. A candidate that turns out not to be a link costs as much.</summary>
    public bool TryTakeLink() => _links++ < MaxLinks;
}

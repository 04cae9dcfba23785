using Markdig;
using Markdig.Parsers;
using Markdig.Parsers.Inlines;
using P2PChat.Peer.Formatting.Parsers;

namespace P2PChat.Peer.Formatting;

/// <summary>
/// Reads formatted text with Markdig and a closed set of parsers: there are no headings, tables, images, references,
/// entities or HTML. Whatever is not formatting is text.
/// </summary>
internal static class MarkdownReader
{
    /// <summary>The maximum number of line breaks. Neither the page nor the terminal shows that many at once.</summary>
    public const int MaxLines = 2000;

    private static readonly MarkdownPipeline Messages = Build(isLabel: false);
    private static readonly MarkdownPipeline Labels = Build(isLabel: true);

    /// <param name="text">Lines end with <c>\n</c>; control characters have been replaced.</param>
    /// <returns>Null if the text has too many lines or marks, or is nested too deeply.</returns>
    public static IReadOnlyList<TextBlock>? Read(string text)
    {
        if (text.AsSpan().Count('\n') > MaxLines)
        {
            return null;
        }

        var budget = new ParseBudget(text);
        var document = Markdown.Parse(text, Messages, budget);
        var tree = new TreeReader(text);
        var blocks = tree.Read(document);
        return budget.IsExceeded || tree.IsExceeded ? null : blocks;
    }

    /// <summary>Reads the text of a link, which contains neither links nor spoilers.</summary>
    /// <param name="text">One line.</param>
    public static IReadOnlyList<TextPart> ReadLabel(string text) =>
        new TreeReader(text).Read(Markdown.Parse(text, Labels, new ParseBudget(text)))
            is [TextBlock.Paragraph { Parts: var parts }]
            ? parts
            : [new TextPart.Plain(text)];

    private static MarkdownPipeline Build(bool isLabel)
    {
        var builder = new MarkdownPipelineBuilder();
        var paragraphs = new ParagraphParser();
        builder.BlockParsers.Clear();
        builder.InlineParsers.Clear();
        if (!isLabel)
        {
            builder.BlockParsers.AddRange((BlockParser[])[new QuoteParser(), new ListParser(), new FenceParser()]);
            builder.InlineParsers.AddRange((InlineParser[])[new WebLinkParser(), new NamedLinkParser()]);
        }

        builder.BlockParsers.AddRange((BlockParser[])[paragraphs, new NextParagraphParser(paragraphs)]);
        builder.InlineParsers.AddRange(
            (InlineParser[])[new MarkParser(hasSpoilers: !isLabel), new CodeSpanParser(), new LineBreakInlineParser()]
        );
        return builder.Build();
    }
}

using System.Text;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using P2PChat.Peer.Formatting.Parsers;

namespace P2PChat.Peer.Formatting;

/// <summary>Converts Markdig's tree of one text into blocks and parts. Not thread-safe.</summary>
/// <param name="source">The text that was parsed.</param>
internal sealed class TreeReader(string source)
{
    /// <summary>The maximum number of blocks, items and parts.</summary>
    public const int MaxNodes = 4000;

    /// <summary>The maximum number of marks around a text.</summary>
    public const int MaxMarksAround = 8;

    private int _nodes;

    /// <summary>Whether the tree is too large or too deep. What was read is then incomplete.</summary>
    public bool IsExceeded { get; private set; }

    public IReadOnlyList<TextBlock> Read(ContainerBlock container)
    {
        var blocks = new List<TextBlock>();
        var (lines, blanksBefore) = (new List<TextPart>(), 0);
        foreach (var block in container)
        {
            var blanks = blocks.Count + lines.Count > 0 ? BlankLinesBefore(block.Span.Start) : 0;
            if (block is not LeafBlock leaf || leaf is FencedCodeBlock { ClosingFencedCharCount: > 0 })
            {
                Flush();
                if (Count())
                {
                    blocks.Add(Read(block) with { BlankLines = blanks });
                }

                continue;
            }

            // Blank lines between paragraphs are line breaks.
            if (lines.Count > 0)
            {
                lines.Add(new TextPart.Plain(new string('\n', blanks + 1)));
            }
            else
            {
                blanksBefore = blanks;
            }

            lines.AddRange(leaf.Inline is { } inline ? Read(inline, depth: 0) : [new TextPart.Plain(Source(leaf))]);
        }

        Flush();
        return blocks;

        void Flush()
        {
            if (lines.Count > 0 && Count())
            {
                blocks.Add(new TextBlock.Paragraph(Join(lines)) { BlankLines = blanksBefore });
            }

            lines.Clear();
        }
    }

    private TextBlock Read(Block block) =>
        block switch
        {
            FencedCodeBlock fence => new TextBlock.Code(fence.Lines.ToString()),
            ListBlock list => new TextBlock.Items([
                .. list.OfType<ListItemBlock>().Where(_ => Count()).Select(item => ReadItem(list, item)),
            ]),
            // Only quotes are left.
            ContainerBlock quote => new TextBlock.Quote(Read(quote)),
            _ => throw new ArgumentOutOfRangeException(nameof(block), block, "The parsers make no such block."),
        };

    private TextItem ReadItem(ListBlock list, ListItemBlock item) =>
        new(list.IsOrdered ? item.Order : null, Read(item));

    private List<TextPart> Read(ContainerInline container, int depth)
    {
        var parts = new List<TextPart>();
        IsExceeded |= depth > MaxMarksAround;
        if (IsExceeded)
        {
            return parts;
        }

        foreach (var inline in container)
        {
            switch (inline)
            {
                case LiteralInline literal when Count():
                    parts.Add(new TextPart.Plain(literal.Content.ToString()));
                    break;
                case LineBreakInline when Count():
                    parts.Add(new TextPart.Plain("\n"));
                    break;
                case PartInline part when Count():
                    parts.Add(part.Part);
                    break;
                case EmphasisInline emphasis when Count():
                    parts.Add(new TextPart.Marked(MarkOf(emphasis), Join(Read(emphasis, depth + 1))));
                    break;
                case ContainerInline other:
                    parts.AddRange(Read(other, depth + 1));
                    break;
            }
        }

        return parts;
    }

    private bool Count()
    {
        IsExceeded |= ++_nodes > MaxNodes;
        return !IsExceeded;
    }

    private static TextMark MarkOf(EmphasisInline emphasis) =>
        (emphasis.DelimiterChar, emphasis.DelimiterCount) switch
        {
            ('~', _) => TextMark.Strike,
            ('|', _) => TextMark.Spoiler,
            (_, 2) => TextMark.Bold,
            _ => TextMark.Italic,
        };

    private static List<TextPart> Join(List<TextPart> parts)
    {
        var joined = new List<TextPart>(parts.Count);
        var plain = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is TextPart.Plain { Text: var text })
            {
                _ = plain.Append(text);
                continue;
            }

            Flush();
            joined.Add(part);
        }

        Flush();
        return joined;

        void Flush()
        {
            if (plain.Length > 0)
            {
                joined.Add(new TextPart.Plain(plain.ToString()));
                _ = plain.Clear();
            }
        }
    }

    // In a quote, a blank line has its mark.
    private int BlankLinesBefore(int position)
    {
        var blanks = 0;
        var end = source.AsSpan(0, position).LastIndexOf('\n');
        while (end > 0)
        {
            var start = source.AsSpan(0, end).LastIndexOf('\n') + 1;
            if (source.AsSpan(start, end - start).ContainsAnyExcept("> \t"))
            {
                break;
            }

            blanks++;
            end = start - 1;
        }

        return blanks;
    }

    // A code block that is never closed.
    private string Source(LeafBlock block)
    {
        var start = block.Span.Start;
        var end = source.IndexOf('\n', start) is var found and >= 0 ? found : source.Length;
        return block.Lines.Count == 0 ? source[start..end] : $"{source[start..end]}\n{block.Lines}";
    }
}

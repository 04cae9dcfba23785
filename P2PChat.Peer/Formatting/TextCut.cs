namespace P2PChat.Peer.Formatting;

/// <summary>Cuts a long message without revealing spoilers. Not thread-safe.</summary>
/// <param name="length">The number of characters to keep, as <see cref="FlatText"/> counts them.</param>
internal sealed class TextCut(int length)
{
    private const int QuoteMark = 2;

    private int _left = length;

    public IReadOnlyList<TextBlock> Keep(IReadOnlyList<TextBlock> blocks)
    {
        var kept = new List<TextBlock>();
        foreach (var block in blocks)
        {
            _left -= kept.Count == 0 ? 0 : block.BlankLines + 1;
            if (_left <= BeforeText(block))
            {
                _left = 0;
                break;
            }

            kept.Add(
                block switch
                {
                    TextBlock.Paragraph paragraph => paragraph with { Parts = Keep(paragraph.Parts) },
                    TextBlock.Code code => code with { Text = Keep(code.Text) },
                    TextBlock.Quote quote => quote with { Blocks = KeepAfter(QuoteMark, quote.Blocks) },
                    TextBlock.Items items => items with { All = Keep(items.All) },
                    _ => block,
                }
            );
        }

        return kept;
    }

    private List<TextItem> Keep(IReadOnlyList<TextItem> items)
    {
        var kept = new List<TextItem>();
        foreach (var item in items)
        {
            var before = (kept.Count == 0 ? 0 : 1) + MarkLength(item);
            if (_left <= before)
            {
                _left = 0;
                break;
            }

            kept.Add(item with { Blocks = KeepAfter(before, item.Blocks) });
        }

        return kept;
    }

    private static int BeforeText(TextBlock block) =>
        block switch
        {
            TextBlock.Quote => QuoteMark,
            TextBlock.Items { All: [var first, ..] } => MarkLength(first),
            _ => 0,
        };

    private static int MarkLength(TextItem item) => item.Number is { } number ? $"{number}. ".Length : "- ".Length;

    private IReadOnlyList<TextBlock> KeepAfter(int before, IReadOnlyList<TextBlock> blocks)
    {
        _left -= before;
        return Keep(blocks);
    }

    private List<TextPart> Keep(IReadOnlyList<TextPart> parts)
    {
        var kept = new List<TextPart>();
        foreach (var part in parts)
        {
            if (_left <= 0)
            {
                break;
            }

            kept.Add(
                part switch
                {
                    TextPart.Plain plain => new TextPart.Plain(Keep(plain.Text)),
                    TextPart.Code code => new TextPart.Code(Keep(code.Text)),
                    TextPart.Marked marked => marked with { Parts = Keep(marked.Parts) },
                    TextPart.NamedLink link => link with { Parts = Keep(link.Parts) },
                    TextPart.Link link => Keep(link),
                    _ => part,
                }
            );
        }

        return kept;
    }

    // Part of an address would lead elsewhere.
    private TextPart Keep(TextPart.Link link)
    {
        var fits = link.Text.Length <= _left;
        _left = fits ? _left - link.Text.Length : 0;
        return fits ? link : new TextPart.Plain("…");
    }

    private string Keep(string text)
    {
        var kept = MessageText.Cut(text, _left, int.MaxValue);
        // Never between the halves of a surrogate pair, so there may be one character left.
        _left = kept.Length < text.Length ? 0 : _left - kept.Length;
        return kept;
    }
}

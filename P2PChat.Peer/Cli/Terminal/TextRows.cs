using System.Globalization;
using System.Text;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A line of a message, before it is wrapped.</summary>
/// <param name="Text">The line, with the marks of the quotes and items around it.</param>
/// <param name="Indent">Begins the rows that continue it.</param>
internal readonly record struct TextRow(string Text, string Indent);

/// <summary>
/// Draws the blocks of one message as lines of a terminal. Without colours, bold and italic keep marks. Not
/// thread-safe.
/// </summary>
/// <param name="linkId">Begins the ids that join the parts of a hyperlink.</param>
/// <param name="showsSpoilers">Whether hidden text is shown.</param>
internal sealed class TextRows(Ink ink, string linkId, bool showsSpoilers)
{
    private readonly List<TextRow> _rows = [];
    private int _links;

    // Prefixes of the next row, and of later rows, from the blocks around it.
    private string _first = "";
    private string _indent = "";

    private string CodeBar => $"{ink.Quiet(ink.IsUnicode ? "│" : "|")} ";

    private string QuoteBar => $"{ink.Quiet(ink.IsUnicode ? "▌" : ">")} ";

    public IReadOnlyList<TextRow> Draw(IReadOnlyList<TextBlock> blocks)
    {
        foreach (var (index, block) in blocks.Index())
        {
            if (index > 0 && block.BlankLines > 0)
            {
                Add("");
            }

            switch (block)
            {
                case TextBlock.Paragraph paragraph:
                    Add(Lines(paragraph.Parts));
                    break;
                case TextBlock.Code code:
                    DrawWithin(CodeBar, CodeBar, () => Add(code.Text.Split('\n')));
                    break;
                case TextBlock.Quote quote:
                    DrawWithin(QuoteBar, QuoteBar, () => Draw(quote.Blocks));
                    break;
                case TextBlock.Items items:
                    Draw(items);
                    break;
            }
        }

        return _rows;
    }

    private void Draw(TextBlock.Items items)
    {
        foreach (var item in items.All)
        {
            var mark =
                item.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number}. ")
                : ink.IsUnicode ? "• "
                : "- ";
            DrawWithin(mark, new string(' ', mark.Length), () =>
            {
                if (item.Blocks.Count == 0)
                {
                    Add("");
                }

                _ = Draw(item.Blocks);
            });
        }
    }

    private void DrawWithin(string first, string indent, Action draw)
    {
        var outer = _indent;
        (_first, _indent) = (_first + first, _indent + indent);
        draw();
        (_first, _indent) = (outer, outer);
    }

    private void Add(params string[] lines)
    {
        foreach (var line in lines)
        {
            _rows.Add(new TextRow(_first + line, _indent));
            _first = _indent;
        }
    }

    private string[] Lines(IReadOnlyList<TextPart> parts)
    {
        var text = new StringBuilder();
        Append(text, parts, []);
        return text.ToString().Split('\n');
    }

    private void Append(StringBuilder text, IReadOnlyList<TextPart> parts, TextMark[] marks)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart.Plain plain:
                    _ = text.Append(Paint(plain.Text, marks));
                    break;
                case TextPart.Code code:
                    _ = text.Append(ink.Quiet("`")).Append(Paint(code.Text, marks)).Append(ink.Quiet("`"));
                    break;
                case TextPart.Link link:
                    _ = text.Append(ink.Link(link.Url, Paint(link.Text, marks), NextId()));
                    break;
                case TextPart.NamedLink named:
                    Append(text, named, marks);
                    break;
                case TextPart.Marked marked:
                    Append(text, marked, marks);
                    break;
            }
        }
    }

    // The text may look like a different address, so the target is shown too.
    private void Append(StringBuilder text, TextPart.NamedLink named, TextMark[] marks)
    {
        var (label, id) = (new StringBuilder(), NextId());
        Append(label, named.Parts, marks);
        _ = text.Append(ink.Link(named.Target.Url, label.ToString(), id))
            .Append(" (")
            .Append(ink.Link(named.Target.Url, named.Target.Text, id))
            .Append(')');
    }

    private void Append(StringBuilder text, TextPart.Marked marked, TextMark[] marks)
    {
        if (marked.Mark == TextMark.Spoiler && !showsSpoilers)
        {
            _ = text.Append(FlatText.Hide(marked.Parts, ink.IsUnicode ? FlatText.Block : '#'));
            return;
        }

        // Some terminals cannot strike text out, which would reverse its meaning.
        var mark = marked.Mark switch
        {
            TextMark.Strike => "~~",
            TextMark.Spoiler => "||",
            TextMark.Bold when !ink.IsColored => "**",
            TextMark.Italic when !ink.IsColored => "*",
            _ => "",
        };
        _ = text.Append(mark.Length > 0 ? ink.Quiet(mark) : "");
        Append(text, marked.Parts, [.. marks, marked.Mark]);
        _ = text.Append(mark.Length > 0 ? ink.Quiet(mark) : "");
    }

    private string Paint(string text, TextMark[] marks) =>
        string.Join('\n', text.Split('\n').Select(line => ink.Marked(line, marks)));

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"{linkId}-{_links++}");
}

using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Formatting;

/// <summary>A message without its formatting, for previews and notifications.</summary>
public static class FlatText
{
    /// <summary>Stands for a character that is hidden.</summary>
    public const char Block = '▒';

    // A fixed length, so that previews do not reveal the length of the hidden text.
    private const string Hidden = "▒▒▒";

    /// <param name="hidesSpoilers">Whether to show blocks instead of hidden text.</param>
    public static string Of(IReadOnlyList<TextBlock> blocks, bool hidesSpoilers = false)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        var text = new StringBuilder();
        Append(text, blocks, hidesSpoilers);
        return text.ToString();
    }

    /// <inheritdoc cref="Of(IReadOnlyList{TextBlock}, bool)"/>
    public static string Of(IReadOnlyList<TextPart> parts, bool hidesSpoilers = false)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var text = new StringBuilder();
        Append(text, parts, hidesSpoilers);
        return text.ToString();
    }

    /// <summary>Replaces everything visible, and keeps spaces and line breaks.</summary>
    /// <param name="block">Stands for a character.</param>
    public static string Hide(IReadOnlyList<TextPart> parts, char block = Block)
    {
        var text = Of(parts);
        var hidden = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at += StringInfo.GetNextTextElementLength(text.AsSpan(at)))
        {
            _ = hidden.Append(char.IsWhiteSpace(text[at]) ? text[at] : block);
        }

        return hidden.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<TextBlock> blocks, bool hidesSpoilers)
    {
        foreach (var (index, block) in blocks.Index())
        {
            _ = text.Append('\n', index == 0 ? 0 : block.BlankLines + 1);
            switch (block)
            {
                case TextBlock.Paragraph { Parts: var parts }:
                    Append(text, parts, hidesSpoilers);
                    break;
                case TextBlock.Code { Text: var code }:
                    _ = text.Append(code);
                    break;
                case TextBlock.Quote { Blocks: var quoted }:
                    _ = text.Append("> ");
                    Append(text, quoted, hidesSpoilers);
                    break;
                case TextBlock.Items { All: var items }:
                    Append(text, items, hidesSpoilers);
                    break;
            }
        }
    }

    private static void Append(StringBuilder text, IReadOnlyList<TextItem> items, bool hidesSpoilers)
    {
        foreach (var (index, item) in items.Index())
        {
            _ = text.Append('\n', index == 0 ? 0 : 1)
                .Append(item.Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number}. ") : "- ");
            Append(text, item.Blocks, hidesSpoilers);
        }
    }

    private static void Append(StringBuilder text, IReadOnlyList<TextPart> parts, bool hidesSpoilers)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart.Marked { Mark: TextMark.Spoiler } when hidesSpoilers:
                    _ = text.Append(Hidden);
                    break;
                case TextPart.Marked { Parts: var marked }:
                    Append(text, marked, hidesSpoilers);
                    break;
                case TextPart.NamedLink { Parts: var named }:
                    Append(text, named, hidesSpoilers);
                    break;
                case TextPart.Link { Text: var link }:
                    _ = text.Append(link);
                    break;
                case TextPart.Code { Text: var code }:
                    _ = text.Append(code);
                    break;
                case TextPart.Plain { Text: var plain }:
                    _ = text.Append(plain);
                    break;
            }
        }
    }
}

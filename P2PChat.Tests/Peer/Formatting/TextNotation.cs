using P2PChat.Peer.Formatting;

namespace P2PChat.Tests.Peer.Formatting;

/// <summary>Writes a message's tree in one line, for tests.</summary>
internal static class TextNotation
{
    public static string Of(IReadOnlyList<TextBlock> blocks) => string.Join('/', blocks.Select(Of));

    /// <summary>Counts the blocks, items and parts, and the levels.</summary>
    public static (int Nodes, int Depth) SizeOf(IReadOnlyList<TextBlock> blocks) => Sum(blocks.Select(SizeOf));

    private static string Of(TextBlock block) =>
        block switch
        {
            TextBlock.Paragraph { Parts: var parts } => Of(parts),
            TextBlock.Code { Text: var text } => $"{{block {text}}}",
            TextBlock.Quote { Blocks: var blocks } => $"{{quote {Of(blocks)}}}",
            TextBlock.Items { All: var items } => $"{{list {string.Join(", ", items.Select(Of))}}}",
            _ => throw new ArgumentOutOfRangeException(nameof(block)),
        };

    private static string Of(TextItem item) => $"{(item.Number is { } number ? $"{number}." : "-")} {Of(item.Blocks)}";

    private static string Of(IReadOnlyList<TextPart> parts) =>
        string.Concat(
            parts.Select(part =>
                part switch
                {
                    TextPart.Plain { Text: var text } => text,
                    TextPart.Code { Text: var text } => $"{{code {text}}}",
                    TextPart.Link { Text: var text } => text,
                    TextPart.NamedLink { Target: var target, Parts: var inner } => $"{{to {target.Host} {Of(inner)}}}",
                    TextPart.Marked { Mark: TextMark.Bold, Parts: var inner } => $"{{bold {Of(inner)}}}",
                    TextPart.Marked { Mark: TextMark.Italic, Parts: var inner } => $"{{italic {Of(inner)}}}",
                    TextPart.Marked { Mark: TextMark.Strike, Parts: var inner } => $"{{struck {Of(inner)}}}",
                    TextPart.Marked { Mark: TextMark.Spoiler, Parts: var inner } => $"{{hidden {Of(inner)}}}",
                    _ => throw new ArgumentOutOfRangeException(nameof(parts)),
                }
            )
        );

    private static (int Nodes, int Depth) SizeOf(TextBlock block) =>
        Nest(
            block switch
            {
                TextBlock.Paragraph { Parts: var parts } => Sum(parts.Select(SizeOf)),
                TextBlock.Quote { Blocks: var blocks } => SizeOf(blocks),
                TextBlock.Items { All: var items } => Sum(items.Select(item => Nest(SizeOf(item.Blocks)))),
                _ => (0, 0),
            }
        );

    private static (int Nodes, int Depth) SizeOf(TextPart part) =>
        Nest(
            part switch
            {
                TextPart.Marked { Parts: var parts } => Sum(parts.Select(SizeOf)),
                TextPart.NamedLink { Parts: var parts } => Sum(parts.Select(SizeOf)),
                _ => (0, 0),
            }
        );

    private static (int Nodes, int Depth) Nest((int Nodes, int Depth) inner) => (inner.Nodes + 1, inner.Depth + 1);

    private static (int Nodes, int Depth) Sum(IEnumerable<(int Nodes, int Depth)> sizes) =>
        sizes.Aggregate((0, 0), ((int Nodes, int Depth) sum, (int Nodes, int Depth) one) =>
            (sum.Nodes + one.Nodes, Math.Max(sum.Depth, one.Depth))
        );
}

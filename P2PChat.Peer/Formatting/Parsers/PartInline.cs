using Markdig.Syntax.Inlines;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>A finished part of a paragraph in Markdig's tree.</summary>
internal sealed class PartInline(TextPart part) : LeafInline
{
    public TextPart Part => part;
}

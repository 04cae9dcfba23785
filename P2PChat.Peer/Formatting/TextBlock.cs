namespace P2PChat.Peer.Formatting;

/// <summary>A block of a message. The subtypes are a closed set.</summary>
public abstract record TextBlock
{
    private TextBlock() { }

    /// <summary>The number of blank lines before it.</summary>
    public int BlankLines { get; init; }

    /// <summary>Text, including line breaks.</summary>
    public sealed record Paragraph(IReadOnlyList<TextPart> Parts) : TextBlock;

    /// <summary>The text between two <c>```</c> lines.</summary>
    public sealed record Code(string Text) : TextBlock;

    /// <summary>Lines that begin with <c>&gt;</c> and a space.</summary>
    public sealed record Quote(IReadOnlyList<TextBlock> Blocks) : TextBlock;

    /// <summary>Lines that begin with <c>-</c>, <c>*</c> or a number.</summary>
    public sealed record Items(IReadOnlyList<TextItem> All) : TextBlock;
}

/// <summary>An item of a list.</summary>
/// <param name="Number">As it was written; null for a bullet.</param>
public sealed record TextItem(int? Number, IReadOnlyList<TextBlock> Blocks);

/// <summary>A part of a paragraph. The subtypes are a closed set.</summary>
public abstract record TextPart
{
    private TextPart() { }

    public sealed record Plain(string Text) : TextPart;

    /// <summary>The text between two backticks.</summary>
    public sealed record Code(string Text) : TextPart;

    /// <summary>Text between two marks, such as <c>**</c>.</summary>
    public sealed record Marked(TextMark Mark, IReadOnlyList<TextPart> Parts) : TextPart;

    /// <summary>A web address.</summary>
    /// <param name="Url">An absolute http or https URL.</param>
    /// <param name="Text">The URL as shown, with an ASCII host, so that no letter can pass for another.</param>
    public sealed record Link(string Url, string Text) : TextPart
    {
        /// <summary>The host, with the port if there is one.</summary>
        public string Host
        {
            get
            {
                var rest = Text.AsSpan(Text.IndexOf("://", StringComparison.Ordinal) + 3);
                var end = rest.IndexOfAny("/?#\\");
                return (end < 0 ? rest : rest[..end]).ToString();
            }
        }
    }

    /// <summary>Text with a link. It may look like a different address, so the target is shown too.</summary>
    public sealed record NamedLink(Link Target, IReadOnlyList<TextPart> Parts) : TextPart;
}

/// <summary>The format of the text between two marks.</summary>
public enum TextMark
{
    /// <summary><c>**bold**</c> or <c>__bold__</c>.</summary>
    Bold,

    /// <summary><c>*italic*</c> or <c>_italic_</c>.</summary>
    Italic,

    /// <summary><c>~~struck~~</c>.</summary>
    Strike,

    /// <summary><c>||hidden||</c> until the reader asks for it.</summary>
    Spoiler,
}

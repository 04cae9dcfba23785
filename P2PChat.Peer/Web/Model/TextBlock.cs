namespace P2PChat.Peer.Web.Model;

/// <summary>A part of a message that stands by itself. A closed set.</summary>
public abstract record TextBlock
{
    private TextBlock() { }

    /// <summary>Lines of text, with their line breaks.</summary>
    public sealed record Paragraph(IReadOnlyList<TextPart> Parts) : TextBlock;

    /// <summary>What stood between two lines of <c>```</c>.</summary>
    public sealed record Code(string Text) : TextBlock;
}

/// <summary>A part of a paragraph. A closed set.</summary>
public abstract record TextPart
{
    private TextPart() { }

    public sealed record Plain(string Text) : TextPart;

    /// <summary>What stood between two <c>`</c>.</summary>
    public sealed record Code(string Text) : TextPart;

    /// <param name="Url">An absolute http or https address.</param>
    /// <param name="Shown">The same, readable: its host in ASCII, so that no letter can pass for another.</param>
    public sealed record Link(string Url, string Shown) : TextPart;
}

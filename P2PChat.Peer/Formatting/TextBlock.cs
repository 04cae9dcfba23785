namespace P2PChat.Peer.Formatting;

/// <summary>A block of a message.</summary>
public abstract record TextBlock
{
    private TextBlock() { }

    /// <summary>Text, including line breaks.</summary>
    public sealed record Paragraph(IReadOnlyList<TextPart> Parts) : TextBlock;

    /// <summary>The text between two <c>```</c> lines.</summary>
    public sealed record Code(string Text) : TextBlock;
}

/// <summary>A part of a paragraph.</summary>
public abstract record TextPart
{
    private TextPart() { }

    public sealed record Plain(string Text) : TextPart;

    /// <summary>The text between two backticks.</summary>
    public sealed record Code(string Text) : TextPart;

    /// <summary>A web address.</summary>
    /// <param name="Url">An absolute http or https URL.</param>
    /// <param name="Text">The URL as shown, with an ASCII host, so that no letter can pass for another.</param>
    public sealed record Link(string Url, string Text) : TextPart;
}

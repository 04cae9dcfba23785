using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Colours text with the terminal's 16 colours, which its user has chosen to be legible. Without colours, returns text
/// unchanged.
/// </summary>
public sealed class Ink(bool isColored)
{
    public static Ink None { get; } = new(false);

    public bool IsColored => isColored;

    /// <summary>Follows the option and the variable <c>NO_COLOR</c> (no-color.org).</summary>
    public static Ink For(PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Ink(!options.NoColor && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }

    /// <summary>A username.</summary>
    public string Name(string text) => Paint("1;36", text);

    /// <summary>Background information.</summary>
    public string Quiet(string text) => Paint("2", text);

    /// <summary>Something that waits for the user.</summary>
    public string Attention(string text) => Paint("33", text);

    /// <summary>An error or a warning.</summary>
    public string Alarm(string text) => Paint("31", text);

    // SGR (ECMA-48).
    private string Paint(string rendition, string text) => isColored ? $"\e[{rendition}m{text}\e[0m" : text;
}

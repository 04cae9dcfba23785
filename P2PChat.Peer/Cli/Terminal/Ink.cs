using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// The few colours of the console: the terminal's own sixteen, which its person has chosen to be legible. Without colours a
/// text is returned as it is.
/// </summary>
public sealed class Ink(bool isColored)
{
    public static Ink None { get; } = new(false);

    public bool IsColored => isColored;

    /// <summary>No colours where the option or <c>NO_COLOR</c> (no-color.org) says so.</summary>
    public static Ink For(PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Ink(!options.NoColor && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }

    /// <summary>Who speaks.</summary>
    public string Name(string text) => Paint("1;36", text);

    /// <summary>What is good to know, and no more.</summary>
    public string Quiet(string text) => Paint("2", text);

    /// <summary>What waits for the person.</summary>
    public string Attention(string text) => Paint("33", text);

    /// <summary>What went wrong.</summary>
    public string Alarm(string text) => Paint("31", text);

    // ECMA-48: SGR.
    private string Paint(string rendition, string text) => isColored ? $"\e[{rendition}m{text}\e[0m" : text;
}

using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Marks up text for a terminal: colours, hyperlinks, and the characters that it can show. Without colours, leaves text
/// unchanged.
/// </summary>
/// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
/// <param name="hasCommands">Whether the terminal ignores unknown operating system commands (OSC).</param>
public sealed class Ink(TerminalColors colors, bool isUnicode = true, bool hasCommands = false)
{
    // Some terminals ignore longer ones.
    private const int MaxUrlLength = 2000;

    /// <summary>
    /// A colour of the cube per hue, from red through yellow, green and blue to pink. Each has a contrast of at least
    /// 3.7 to 1 with black and with white.
    /// </summary>
    private static readonly int[] HueColors = [160, 166, 100, 64, 28, 29, 30, 32, 63, 98, 164, 161];

    // Red, yellow, green, cyan, blue and magenta, each for two hues.
    private static readonly int[] BasicHueColors = [1, 3, 2, 6, 4, 5];

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    public static Ink None { get; } = new(TerminalColors.None);

    public TerminalColors Colors => colors;

    public bool IsColored => colors != TerminalColors.None;

    /// <inheritdoc cref="Ink(TerminalColors, bool, bool)" path="/param[@name='isUnicode']"/>
    public bool IsUnicode => isUnicode;

    /// <inheritdoc cref="Ink(TerminalColors, bool, bool)" path="/param[@name='hasCommands']"/>
    public bool HasCommands => hasCommands;

    public string Ellipsis => isUnicode ? "…" : "...";

    /// <summary>Shortens a text that takes more columns.</summary>
    public string Cut(string text, int columns)
    {
        if (TerminalEscape.Columns(text) <= columns)
        {
            return text;
        }

        var (at, used) = (0, 0);
        while (at < text.Length)
        {
            var length = TerminalEscape.ElementLength(text, at, out var width);
            if (used + width > columns - Ellipsis.Length)
            {
                break;
            }

            used += width;
            at += length;
        }

        return text[..at] + Ellipsis;
    }

    /// <summary>Chooses by option, <c>NO_COLOR</c> (no-color.org), terminal and locale.</summary>
    public static Ink For(PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return For(Environment.GetEnvironmentVariable, options.NoColor);
    }

    /// <param name="variable">Returns the value of an environment variable; null if there is none.</param>
    public static Ink For(Func<string, string?> variable, bool noColor)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var terminal = variable("TERM") ?? "";
        var colors =
            noColor || variable("NO_COLOR") is { Length: > 0 } ? TerminalColors.None
            : OperatingSystem.IsWindows()
            || terminal.Contains("256color", StringComparison.Ordinal)
            || variable("COLORTERM") is "truecolor" or "24bit"
                ? TerminalColors.Palette256
            : TerminalColors.Sixteen;
        // The Linux console prints parts of some commands.
        return new Ink(colors, IsUtf8(variable), hasCommands: terminal is not "linux");
    }

    /// <summary>The colour of a person's name, as an index into the terminal's palette.</summary>
    /// <param name="hue">See <see cref="PersonHue"/>.</param>
    public int ColorOf(int hue) =>
        colors == TerminalColors.Palette256
            ? HueColors[hue]
            : BasicHueColors[hue * BasicHueColors.Length / PersonHue.Count];

    /// <summary>A person's name, in the person's hue.</summary>
    /// <inheritdoc cref="ColorOf"/>
    public string Person(string text, int hue) =>
        Paint(
            colors == TerminalColors.Palette256
                ? string.Create(CultureInfo.InvariantCulture, $"1;38;5;{ColorOf(hue)}")
                : string.Create(CultureInfo.InvariantCulture, $"1;{30 + ColorOf(hue)}"),
            text
        );

    /// <summary>A username.</summary>
    public string Name(string text) => Paint("1;36", text);

    /// <summary>Background information.</summary>
    public string Quiet(string text) => Paint("2", text);

    /// <summary>Something that waits for the user.</summary>
    public string Attention(string text) => Paint("33", text);

    /// <summary>An error or a warning.</summary>
    public string Alarm(string text) => Paint("31", text);

    /// <summary>A success.</summary>
    public string Good(string text) => Paint("1;32", text);

    /// <summary>Text of a message between marks such as <c>**</c>.</summary>
    public string Marked(string text, IReadOnlyCollection<TextMark> marks)
    {
        ArgumentNullException.ThrowIfNull(marks);
        var codes = marks
            .Select(mark =>
                mark switch
                {
                    TextMark.Bold => "1",
                    TextMark.Italic => "3",
                    TextMark.Strike => "9",
                    _ => "",
                }
            )
            .Where(code => code.Length > 0)
            .Distinct();
        return string.Join(';', codes) is { Length: > 0 } rendition && text.Length > 0 ? Paint(rendition, text) : text;
    }

    /// <summary>Light on dark, whatever the colours of the terminal are. A QR code must not be inverted.</summary>
    public string LightOnDark(string text) =>
        Paint(colors == TerminalColors.Palette256 ? "38;5;231;48;5;16" : "97;40", text);

    /// <summary>A hyperlink (OSC 8). Terminals without hyperlinks show the text.</summary>
    /// <param name="url">An absolute http or https URL.</param>
    /// <param name="id">Joins the parts of a link that was broken into rows.</param>
    public string Link(string url, string text, string id)
    {
        ArgumentNullException.ThrowIfNull(url);
        return hasCommands && url.Length <= MaxUrlLength && !url.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? $"\e]8;id={id};{url}\e\\{text}\e]8;;\e\\"
            : text;
    }

    // SGR (ECMA-48).
    private string Paint(string rendition, string text) => IsColored ? $"\e[{rendition}m{text}\e[0m" : text;

    // Without a locale, .NET writes UTF-8.
    private static bool IsUtf8(Func<string, string?> variable) =>
        OperatingSystem.IsWindows()
        || LocaleVariables.Select(variable).FirstOrDefault(value => value is { Length: > 0 }) is not { } locale
        || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
        || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
}

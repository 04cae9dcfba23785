using System.Globalization;
using System.Text;

namespace P2PChat.Protocol.Files;

/// <summary>Makes names of files from another peer safe on every operating system and in every terminal.</summary>
public static class FileName
{
    /// <summary>Maximum length in UTF-8.</summary>
    public const int MaxBytes = 255;

    /// <summary>The name of a file whose name is not known.</summary>
    public const string Unknown = "file";

    private const string NotAllowed = "<>:\"|?*";
    private const int MaxExtensionBytes = 20;
    private const int EmojiStyle = 0xfe0f;

    // More combining marks on one character would overlap adjacent lines.
    private const int MaxMarks = 4;

    // Windows takes these for devices, with any extension.
    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        "CONIN$",
        "CONOUT$",
    };

    /// <summary>Makes a name safe: one segment, visible characters only, not reserved and not hidden.</summary>
    public static string MakeSafe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var safe = new StringBuilder();
        var (last, marks) = (default(Rune?), 0);
        foreach (var rune in name[(name.LastIndexOfAny(['/', '\\']) + 1)..].EnumerateRunes())
        {
            var isMark = IsMark(rune);
            if (!IsVisible(rune, last) || isMark && (last is null || marks == MaxMarks))
            {
                continue;
            }

            var shown = rune.Value < 128 && NotAllowed.Contains((char)rune.Value) ? new Rune('_') : rune;
            _ = safe.Append(shown);
            (last, marks) = (shown, isMark ? marks + 1 : 0);
        }

        var visible = safe.ToString().Trim().TrimEnd('.', ' ');
        var text = Shorten(visible, MaxBytes);
        return text.Length == 0 ? Unknown
            : text[0] is '.' or '~' or '-' || IsDevice(text) ? Shorten("_" + visible, MaxBytes)
            : text;
    }

    /// <summary>Adds a number to a safe name that is taken, before the extension.</summary>
    public static string WithNumber(string name, int number)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $" ({number})");
        var extension = ExtensionOf(name);
        return Cut(name[..^extension.Length], MaxBytes - mark.Length - BytesOf(extension)) + mark + extension;
    }

    internal static int BytesOf(string text) => Encoding.UTF8.GetByteCount(text);

    // Format characters include the bidirectional marks. Separators other than one space are invisible, as are some
    // letters and marks. A run of spaces could push the extension out of sight.
    private static bool IsVisible(Rune rune, Rune? last) =>
        rune.Value switch
        {
            ' ' => last is { } before && before.Value != ' ',
            0x115f or 0x1160 or 0x2800 or 0x3164 or 0xffa0 or 0x1d159 => false,
            0x034f or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f) => false,
            EmojiStyle => last is { } symbol && symbol.Value != ' ' && !Rune.IsLetterOrDigit(symbol),
            (>= 0xfe00 and <= 0xfe0e) or (>= 0xe0100 and <= 0xe01ef) => false,
            _ => rune != Rune.ReplacementChar
                && Rune.GetUnicodeCategory(rune)
                    is not (
                        UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                        or UnicodeCategory.SpaceSeparator
                        or UnicodeCategory.PrivateUse
                        or UnicodeCategory.OtherNotAssigned
                    ),
        };

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;

    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd();
        return Devices.Contains(stem)
            || stem.Length == 4
                && (
                    stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase)
                    || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)
                )
                && "0123456789¹²³".Contains(stem[3]);
    }

    /// <summary>Shortens a safe name, and keeps its extension.</summary>
    public static string Shorten(string name, int bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (BytesOf(name) <= bytes)
        {
            return name;
        }

        var extension = ExtensionOf(name);
        return (Cut(name[..^extension.Length], bytes - BytesOf(extension)) + extension).TrimEnd('.', ' ');
    }

    private static string ExtensionOf(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && BytesOf(name[dot..]) <= MaxExtensionBytes ? name[dot..] : "";
    }

    private static string Cut(string text, int bytes)
    {
        var (length, used) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            used += rune.Utf8SequenceLength;
            if (used > bytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}

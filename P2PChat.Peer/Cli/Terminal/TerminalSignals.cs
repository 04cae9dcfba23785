using System.Globalization;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Escape sequences that notify the user while another window has the focus: the title of the window, the
/// bell and desktop notifications. Thread-safe.
/// </summary>
/// <param name="self">This peer's username.</param>
public sealed class TerminalSignals(Ink ink, string self, TimeProvider timeProvider)
{
    /// <summary>The shortest time between two bells.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const string Bell = "\a";
    private const int MaxLength = 60;

    // The stack of titles (xterm, and most others), for the window's title only.
    private const string PushTitle = "\e[22;2t";
    private const string PopTitle = "\e[23;2t";

    private readonly Lock _gate = new();
    private int _unread;
    private long? _lastAlert;

    /// <summary>Sets the title of the window.</summary>
    /// <param name="unread">The number of unread messages and open requests.</param>
    /// <returns>The escape sequence; empty if the title stays as it is.</returns>
    public string Title(int unread)
    {
        lock (_gate)
        {
            if (unread == _unread)
            {
                return "";
            }

            _unread = unread;
            return CurrentTitle();
        }
    }

    /// <summary>Rings the bell and shows a notification, unless the last one was a moment ago.</summary>
    /// <param name="text">It may contain received text.</param>
    /// <returns>The escape sequence; empty for none.</returns>
    public string Alert(string text)
    {
        lock (_gate)
        {
            if (_lastAlert is { } last && timeProvider.GetElapsedTime(last) < Pause)
            {
                return "";
            }

            _lastAlert = timeProvider.GetTimestamp();
        }

        // A preview has no control characters, which could end the sequence. Some terminals read a number as a command.
        var preview = MessageText.Preview(text, MaxLength).TrimStart([.. "0123456789;"]);
        return ink.HasCommands && preview.Length > 0 ? $"{Bell}{Command($"9;{preview}")}" : Bell;
    }

    /// <summary>Saves the title of the window, and sets another.</summary>
    internal string Begin()
    {
        lock (_gate)
        {
            return ink.HasCommands ? $"{PushTitle}{CurrentTitle()}" : "";
        }
    }

    /// <summary>Restores the title; terminals without a stack get an empty one, for the shell to set.</summary>
    internal string End() => ink.HasCommands ? $"{Command("2;")}{PopTitle}" : "";

    private string CurrentTitle() =>
        ink.HasCommands
            ? Command(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"2;{(_unread > 0 ? $"({_unread}) " : "")}{self} {(ink.IsUnicode ? "–" : "-")} P2PChat"
                )
            )
            : "";

    // OSC (ECMA-48).
    private static string Command(string command) => $"\e]{command}\e\\";
}

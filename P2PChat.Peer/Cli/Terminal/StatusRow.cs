using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The row below the prompt.</summary>
/// <param name="Username">This peer's username.</param>
/// <param name="Connected">The number of connected peers.</param>
/// <param name="Requests">The senders of unanswered requests.</param>
/// <param name="NewMessages">The number of messages since the last key.</param>
/// <param name="Typing">The peers that are typing to this one.</param>
/// <param name="LastSent">The state of the newest message of this peer; null if there is none.</param>
public sealed record StatusRow(
    Username Username,
    DirectoryState Directory,
    int Connected,
    IReadOnlyList<Username> Requests,
    int NewMessages,
    IReadOnlyList<Username> Typing,
    (Username To, MessageState State)? LastSent
)
{
    private const string Start = "── ";
    private const string Separator = " · ";
    private const string Ellipsis = "…";

    /// <summary>Draws one row. If the terminal is too narrow, leaves out the least important parts.</summary>
    /// <param name="width">The columns that are available.</param>
    public string Draw(int width, Ink ink)
    {
        ArgumentNullException.ThrowIfNull(ink);
        var parts = Parts(ink).OfType<Part>().ToList();
        while (parts.Count > 1 && Length(parts) > width)
        {
            _ = parts.Remove(parts.MaxBy(part => part.Rank)!);
        }

        if (Length(parts) <= width)
        {
            return ink.Quiet(Start) + string.Join(ink.Quiet(Separator), parts.Select(part => part.Paint(part.Text)));
        }

        var text = Start + parts[0].Text;
        return ink.Quiet(
            width <= Ellipsis.Length ? text[..Math.Max(0, width)] : text[..(width - Ellipsis.Length)] + Ellipsis
        );
    }

    private IEnumerable<Part?> Parts(Ink ink)
    {
        yield return new Part(0, Username.Value, ink.Name);
        yield return Directory switch
        {
            DirectoryState.Registered => new Part(5, "registered", ink.Quiet),
            DirectoryState.Registering => new Part(2, "registering", ink.Quiet),
            DirectoryState.Refused => new Part(2, "refused by the directory", ink.Alarm),
            _ => new Part(2, "directory unreachable", ink.Alarm),
        };
        yield return new Part(6, Count(Connected, "connected"), ink.Quiet);
        yield return Requests switch
        {
            [] => null,
            [var name] => new Part(1, $"request from {name}", ink.Attention),
            _ => new Part(1, Count(Requests.Count, "requests"), ink.Attention),
        };
        yield return NewMessages == 0 ? null : new Part(3, Count(NewMessages, "new"), ink.Attention);
        yield return Typing switch
        {
            [] => null,
            [var name] => new Part(4, $"{name} is typing", ink.Quiet),
            _ => new Part(4, Count(Typing.Count, "are typing"), ink.Quiet),
        };
        yield return LastSent is var (to, state) && Describe(state) is { } description
            ? new Part(7, $"to {to}: {description}", ink.Quiet)
            : null;
    }

    private static string? Describe(MessageState state) =>
        state switch
        {
            MessageState.Queued => "queued",
            MessageState.Sent => "sent",
            MessageState.Delivered => "delivered",
            MessageState.Read => "read",
            _ => null,
        };

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}");

    // All characters take one column.
    private static int Length(List<Part> parts) =>
        Start.Length + parts.Sum(part => part.Text.Length) + Separator.Length * (parts.Count - 1);

    /// <param name="Rank">Parts with higher ranks are left out first.</param>
    private sealed record Part(int Rank, string Text, Func<string, string> Paint);
}

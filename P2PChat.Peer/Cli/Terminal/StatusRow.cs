using System.Globalization;
using System.Text;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Somebody who is typing.</summary>
/// <param name="Room">The room, if it is not open; null for a conversation and for the open room.</param>
public sealed record TypingPerson(string Name, string? Room = null);

/// <summary>The row below the prompt.</summary>
/// <param name="Username">This peer's username.</param>
/// <param name="Connected">The number of connected peers.</param>
/// <param name="Requests">The senders of unanswered requests.</param>
/// <param name="Conversations">The conversations, in the order of their numbers.</param>
/// <param name="Typing">The peers that are typing.</param>
/// <param name="LastSent">The state of the newest message of this peer; null if there is none.</param>
public sealed record StatusRow(
    Username Username,
    DirectoryState Directory,
    int Connected,
    IReadOnlyList<Username> Requests,
    IReadOnlyList<NumberedConversation> Conversations,
    IReadOnlyList<TypingPerson> Typing,
    (Username To, MessageState State)? LastSent
)
{
    private const int UnreadRank = 3;
    private const double OpenRank = 6.5;
    private const double PathRank = 6.7;
    private const int LastRank = 7;
    private const int MaxNameColumns = 32;

    /// <summary>How many of the connected peers are relayed.</summary>
    public int Relayed { get; init; }

    /// <summary>How the open conversation travels; null if none is open, or it is not connected.</summary>
    public PathKind? OpenPath { get; init; }

    /// <summary>The count in the window's title: unread messages that are not muted, and requests.</summary>
    public int News => Requests.Count + Conversations.Sum(one => one.News);

    /// <summary>Draws one row. If the terminal is too narrow, leaves out the least important parts.</summary>
    /// <param name="width">The columns that are available.</param>
    public string Draw(int width, Ink ink)
    {
        ArgumentNullException.ThrowIfNull(ink);
        var signs = ink.IsUnicode ? new Signs("── ", " · ", "…") : new Signs("-- ", " | ", "...");
        var parts = Parts(ink).OfType<Part>().ToList();
        while (parts.Count > 1 && Length(parts, signs) > width)
        {
            _ = parts.Remove(parts.MaxBy(part => part.Rank)!);
        }

        if (Length(parts, signs) <= width)
        {
            var row = new StringBuilder(ink.Quiet(signs.Start));
            foreach (var (index, part) in parts.Index())
            {
                _ = row.Append(index == 0 ? "" : ink.Quiet(SeparatorBefore(parts, index, signs)))
                    .Append(part.Paint(part.Text));
            }

            return row.ToString();
        }

        var text = signs.Start + parts[0].Text;
        return ink.Quiet(
            width <= signs.Ellipsis.Length
                ? text[..Math.Max(0, width)]
                : text[..(width - signs.Ellipsis.Length)] + signs.Ellipsis
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
        yield return new Part(
            6,
            Count(Connected, "connected") + (Relayed > 0 ? $", {Count(Relayed, "relayed")}" : ""),
            ink.Quiet
        );
        yield return Requests switch
        {
            [] => null,
            [var name] => new Part(1, $"request from {name}", ink.Attention),
            _ => new Part(1, Count(Requests.Count, "requests"), ink.Attention),
        };
        foreach (var conversation in Conversations.Where(one => one.IsShown))
        {
            yield return Show(conversation, ink);
        }

        yield return OpenPath is { } path ? new Part(PathRank, PathText.Word(path), ink.Quiet) : null;
        yield return Typing switch
        {
            [] => null,
            [{ Name: var name, Room: null }] => new Part(4, $"{name} is typing", ink.Quiet),
            [{ Name: var name, Room: { } room }] => new Part(
                4,
                $"{name} is typing in {ink.Cut(room, MaxNameColumns)}",
                ink.Quiet
            ),
            _ => new Part(4, Count(Typing.Count, "are typing"), ink.Quiet),
        };
        yield return LastSent is var (to, state) && Describe(state) is { } description
            ? new Part(LastRank, $"to {to}: {description}", ink.Quiet)
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

    private static int Length(List<Part> parts, Signs signs) =>
        signs.Start.Length
        + parts
            .Index()
            .Sum(part => TerminalEscape.Columns(part.Item.Text) + SeparatorBefore(parts, part.Index, signs).Length);

    private static string SeparatorBefore(List<Part> parts, int index, Signs signs) =>
        index == 0 ? ""
        : parts[index].IsConversation && parts[index - 1].IsConversation ? " "
        : signs.Separator;

    // In a narrow terminal, those with the highest numbers are left out first, and those with unread messages last.
    private static Part Show(NumberedConversation conversation, Ink ink)
    {
        var (number, unread) = (conversation.Number, conversation.Unread);
        var name = ink.Cut(conversation.Name, MaxNameColumns);
        var mentions = conversation.Room?.Mentions > 0 ? " @" : "";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"[{number}] {name}{(unread > 0 ? $" {unread}" : "")}{mentions}"
        );
        var order = number / 1000.0;
        return conversation.News > 0 ? new Part(UnreadRank + order, text, ink.Attention, IsConversation: true)
            : conversation.IsOpen ? new Part(OpenRank, text, ink.Name, IsConversation: true)
            : new Part(LastRank + 1 + order, text, ink.Quiet, IsConversation: true);
    }

    private sealed record Signs(string Start, string Separator, string Ellipsis);

    /// <param name="Rank">Parts with higher ranks are left out first.</param>
    private sealed record Part(double Rank, string Text, Func<string, string> Paint, bool IsConversation = false);
}

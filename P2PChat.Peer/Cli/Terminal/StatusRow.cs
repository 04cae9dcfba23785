using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>What the row below the prompt tells.</summary>
/// <param name="Connected">How many peers are.</param>
/// <param name="Asking">Whose requests wait for an answer.</param>
/// <param name="New">Messages that came since a key was last pressed.</param>
/// <param name="Writing">Who is writing to us.</param>
/// <param name="LastSent">What became of the newest message of ours; null before there is one.</param>
public sealed record StatusRow(
    Username Who,
    DirectoryState Directory,
    int Connected,
    IReadOnlyList<Username> Asking,
    int New,
    IReadOnlyList<Username> Writing,
    (Username To, MessageState State)? LastSent
)
{
    private const string Begin = "── ";
    private const string Between = " · ";
    private const string Cut = "…";

    /// <summary>One row: what matters least goes first where it is too narrow.</summary>
    /// <param name="width">Columns that it may take.</param>
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
            return ink.Quiet(Begin) + string.Join(ink.Quiet(Between), parts.Select(part => part.Paint(part.Text)));
        }

        var text = Begin + parts[0].Text;
        return ink.Quiet(width <= Cut.Length ? text[..Math.Max(0, width)] : text[..(width - Cut.Length)] + Cut);
    }

    private IEnumerable<Part?> Parts(Ink ink)
    {
        yield return new Part(0, Who.Value, ink.Name);
        yield return Directory switch
        {
            DirectoryState.Registered => new Part(5, "in the directory", ink.Quiet),
            DirectoryState.Registering => new Part(2, "registering", ink.Quiet),
            DirectoryState.Refused => new Part(2, "refused by the directory", ink.Alarm),
            _ => new Part(2, "directory not reached", ink.Alarm),
        };
        yield return new Part(6, Count(Connected, "connected"), ink.Quiet);
        yield return Asking switch
        {
            [] => null,
            [var name] => new Part(1, $"{name} asks", ink.Attention),
            _ => new Part(1, Count(Asking.Count, "ask"), ink.Attention),
        };
        yield return New == 0 ? null : new Part(3, Count(New, "new"), ink.Attention);
        yield return Writing switch
        {
            [] => null,
            [var name] => new Part(4, $"{name} is writing", ink.Quiet),
            _ => new Part(4, Count(Writing.Count, "are writing"), ink.Quiet),
        };
        yield return LastSent is var (to, state) && Word(state) is { } word
            ? new Part(7, $"to {to}: {word}", ink.Quiet)
            : null;
    }

    private static string? Word(MessageState state) =>
        state switch
        {
            MessageState.Queued => "waits",
            MessageState.Sent => "sent",
            MessageState.Delivered => "delivered",
            MessageState.Read => "read",
            _ => null,
        };

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}");

    // Usernames and our words: a column each character.
    private static int Length(List<Part> parts) =>
        Begin.Length + parts.Sum(part => part.Text.Length) + Between.Length * (parts.Count - 1);

    /// <param name="Rank">The higher, the sooner it is left out.</param>
    private sealed record Part(int Rank, string Text, Func<string, string> Paint);
}

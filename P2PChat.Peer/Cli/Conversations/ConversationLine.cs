using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>
/// Parses a line that was typed at a prompt. If nothing is open, it is a command; in a conversation or room it is a
/// message, unless it begins with <c>/</c>. <c>@bob hello</c> is a message to bob; in a room, one that mentions bob.
/// </summary>
/// <param name="isKnown">Whether this peer has a conversation with that peer, or a contact of that name.</param>
public sealed class ConversationLine(Func<Username, bool> isKnown)
{
    /// <summary>Leaves a conversation, like <c>exit</c> inside one.</summary>
    public const string LeaveName = "leave";

    private const string ExitName = "exit";

    /// <param name="open">The open conversation or room; null for none.</param>
    /// <returns>Null for a blank line.</returns>
    public ConsoleCommand? Parse(string line, ChatKey? open)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (string.IsNullOrWhiteSpace(line))
        {
            return null;
        }

        return open is { } with ? ParseInside(line, with) : ParseOutside(line.Trim());
    }

    /// <summary>Whether a command's text can have several lines.</summary>
    public static bool TakesLines(ConsoleCommand? command) =>
        command switch
        {
            ConsoleCommand.Send or ConsoleCommand.Say or ConsoleCommand.Reply or ConsoleCommand.Edit => true,
            ConsoleCommand.SendToRoom => true,
            ConsoleCommand.RoomMessage { Verb: RoomMessageVerb.Reply or RoomMessageVerb.Edit } => true,
            _ => false,
        };

    private ConsoleCommand? ParseOutside(string line) =>
        line switch
        {
            ['@', .. var rest] when ParseAddressed(rest, "") is { } command => command,
            ['/', .. var rest] when IsWord(rest, LeaveName) => new ConsoleCommand.Leave(),
            ['/', .. { Length: > 0 } rest] => CommandParser.Parse(rest),
            _ => CommandParser.Parse(line),
        };

    private ConsoleCommand ParseInside(string line, ChatKey open)
    {
        if (line.Trim('\n').Contains('\n', StringComparison.Ordinal))
        {
            return ParseLines(line, open);
        }

        var text = line.Trim();
        switch (text)
        {
            case ['/', '/', .. var word] when FindBare(word, open) is not null:
                return new ConsoleCommand.Say(open, word);
            case ['/', '/', ..]:
                return new ConsoleCommand.Say(open, text[1..]);
            case ['/', .. var command]:
                return ParseCommand(command, open);
            case ['@', .. var rest] when open is ChatKey.Contact && ParseAddressed(rest, "/") is { } addressed:
                return addressed;
            default:
                return FindBare(text, open) is { } purpose
                    ? new ConsoleCommand.Invalid(
                        $"Type /{text.ToLowerInvariant()} to {purpose}, or //{text.ToLowerInvariant()} to send it."
                    )
                    : new ConsoleCommand.Say(open, text);
        }
    }

    // Several lines are one message, whatever the first looks like, unless it is a command that sends or edits one.
    private ConsoleCommand ParseLines(string text, ChatKey open)
    {
        var parsed = text switch
        {
            ['@', .. var rest] when open is ChatKey.Contact => ParseAddressed(rest, "/"),
            ['/', .. var rest] => ParseCommand(rest, open),
            _ => null,
        };
        return parsed switch
        {
            ConsoleCommand.Send { Name: var name } when isKnown(name) => parsed,
            { } other when other is not ConsoleCommand.Send && TakesLines(other) => other,
            _ => new ConsoleCommand.Say(open, text.Trim('\n').TrimEnd()),
        };
    }

    private ConsoleCommand ParseCommand(string text, ChatKey open)
    {
        var (word, arguments) = CommandParser.SplitFirst(text);
        if (arguments.Length == 0 && (IsWord(word, ExitName) || IsWord(word, LeaveName)))
        {
            return new ConsoleCommand.Leave();
        }

        if (word.Length == 0)
        {
            return new ConsoleCommand.Invalid("A command is missing after '/'. /help lists the commands.");
        }

        return CommandTable.Find(word) is { } info
            ? CommandParser.Parse($"{info.Name} {OpenArguments.Complete(info, arguments, open, isKnown)}")!
            : CommandParser.Unknown(word, "/", " To send the line, begin it with //.");
    }

    /// <returns>Null if the text does not begin with a username.</returns>
    private ConsoleCommand? ParseAddressed(string text, string prefix)
    {
        var (first, message) = CommandParser.SplitFirst(text);
        if (text.Length == 0 || char.IsWhiteSpace(text[0]))
        {
            return null;
        }

        // '@Bob, hi' must not go to somebody else.
        if (
            (!Username.TryParse(first.TrimEnd(',', ':').ToLowerInvariant(), out var name) || !isKnown(name))
            && !Username.TryParse(first, out name)
        )
        {
            return null;
        }

        return message.Length > 0
            ? new ConsoleCommand.Send(name, message)
            : new ConsoleCommand.Invalid(
                $"A message is missing after @{name}. To open the conversation, type {prefix}chat {name}."
            );
    }

    /// <returns>The purpose of the command if the text is exactly its name; null otherwise.</returns>
    private static string? FindBare(string text, ChatKey open) =>
        !IsWord(text, ExitName) && !IsWord(text, LeaveName) ? CommandTable.Find(text)?.Summary
        : open is ChatKey.Room ? "close the room here, /room leave to leave it for good"
        : "leave";

    private static bool IsWord(string text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}

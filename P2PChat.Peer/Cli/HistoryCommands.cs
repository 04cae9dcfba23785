using System.Globalization;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>Parses the arguments of <c>history</c>, <c>search</c>, <c>export</c> and <c>delete</c>.</summary>
internal static class HistoryCommands
{
    private static readonly Func<CommandInfo, string, ConsoleCommand> ReadNameAndFile = RoomArguments.Or(
        ReadExportOfConversation,
        RoomArguments.Export
    );

    /// <summary>Deletes without asking. Precedes the username.</summary>
    public const string ForceOption = "--force";

    public const int DefaultLines = 50;
    public const int MaxLines = 1000;

    public static ConsoleCommand ReadHistory(CommandInfo info, string arguments)
    {
        if (ReadName(info, arguments, out var name, out var tail) is { } refusal)
        {
            return refusal;
        }

        if (tail.Length == 0)
        {
            return new ConsoleCommand.History(name, DefaultLines);
        }

        return
            int.TryParse(tail, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is >= 1 and <= MaxLines
            ? new ConsoleCommand.History(name, count)
            : info.UsageError($"'history' takes a username and a number from 1 to {MaxLines}");
    }

    public static ConsoleCommand ReadSearch(CommandInfo info, string arguments) =>
        arguments.Length == 0
            ? info.UsageError("'search' needs at least one word")
            : new ConsoleCommand.Search(arguments);

    public static ConsoleCommand ReadExport(CommandInfo info, string arguments)
    {
        // Otherwise it would become the name of the file.
        if (CommandParser.TakeJsonOption(ref arguments))
        {
            return info.UsageError(
                $"'export' always writes JSON, one object per line, so leave out '{CommandParser.JsonOption}'"
            );
        }

        return ReadNameAndFile(info, arguments);
    }

    private static ConsoleCommand ReadExportOfConversation(CommandInfo info, string arguments)
    {
        if (ReadName(info, arguments, out var name, out var file) is { } refusal)
        {
            return refusal;
        }

        return file.Length == 0
            ? info.UsageError("'export' needs a file after the username")
            : new ConsoleCommand.Export(name, file);
    }

    public static ConsoleCommand ReadDelete(CommandInfo info, string arguments)
    {
        var force = CommandParser.SplitFirst(arguments).Word == ForceOption;
        if (force)
        {
            arguments = CommandParser.SplitFirst(arguments).Tail;
        }

        if (RoomArguments.IsRoom(CommandParser.SplitFirst(arguments).Word))
        {
            return info.UsageError(
                "'delete' deletes one message of a room; once you have left it, 'room delete' deletes all"
            );
        }

        if (ReadName(info, arguments, out var name, out var what) is { } refusal)
        {
            return refusal;
        }

        if (what.Equals("all", StringComparison.OrdinalIgnoreCase))
        {
            return new ConsoleCommand.Delete(name, null, force);
        }

        return MessageChoice.TryParseId(what, out var choice)
            ? new ConsoleCommand.Delete(name, choice.Id, Yours: choice.Yours)
            : info.UsageError("'delete' needs a message id, or 'all', after the username");
    }

    private static ConsoleCommand.Invalid? ReadName(
        CommandInfo info,
        string arguments,
        out Username name,
        out string tail
    )
    {
        (var first, tail) = CommandParser.SplitFirst(arguments);
        name = default;
        if (first.Length == 0)
        {
            return info.UsageError($"'{info.Name}' needs {info.Recipient}");
        }

        return Username.TryParse(first, out name) ? null : CommandArguments.InvalidUsername(info, first);
    }
}

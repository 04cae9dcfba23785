using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary><c>mute</c>, <c>pin</c>, <c>archive</c> and their opposites.</summary>
internal static class MarkCommands
{
    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        Command(
            "mute",
            "get no notifications for a conversation",
            "The other user is not told. Messages still arrive and count as unread.",
            name => $"{name} is muted. You get no notifications about their messages.",
            new MarksRequest(Muted: true)
        ),
        Command(
            "unmute",
            "get notifications for a conversation again",
            "New messages notify you again.",
            name => $"{name} is no longer muted.",
            new MarksRequest(Muted: false)
        ),
        Command(
            "pin",
            "keep a conversation at the top of the list",
            "Applies to the list on the web page.",
            name => $"{name} is pinned.",
            new MarksRequest(Pinned: true)
        ),
        Command(
            "unpin",
            "stop keeping a conversation at the top",
            "Applies to the list on the web page.",
            name => $"{name} is no longer pinned.",
            new MarksRequest(Pinned: false)
        ),
        Command(
            "archive",
            "keep a conversation out of the list",
            "A new message brings the conversation back, unless it is muted. Nothing is deleted.",
            name => $"The conversation with {name} is archived.",
            new MarksRequest(Archived: true)
        ),
        Command(
            "unarchive",
            "put a conversation back into the list",
            "Applies to the list on the web page.",
            name => $"The conversation with {name} is no longer archived.",
            new MarksRequest(Archived: false)
        ),
    ];

    /// <summary>Marks the conversation, and says what has changed.</summary>
    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        ConsoleCommand.Mark command,
        CancellationToken cancellationToken
    )
    {
        _ = await context.Peer.MarkConversationAsync(command.Name.Value, command.Marks, cancellationToken);
        context.Print(command.Done);
        return CommandResult.Done;
    }

    private static CommandInfo Command(
        string command,
        string summary,
        string details,
        Func<string, string> done,
        MarksRequest marks
    ) =>
        new(
            command,
            "<username>",
            summary,
            details,
            $"{command} bob",
            CommandArguments.Name(name => new ConsoleCommand.Mark(name, marks, done(name.Value)))
        );
}

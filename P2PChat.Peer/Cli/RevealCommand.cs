using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary><c>reveal</c>.</summary>
internal static class RevealCommand
{
    private const int MaxMessages = 200;

    public static CommandInfo Info { get; } =
        new(
            "reveal",
            "<name|#room>",
            "show what the latest ||spoiler|| hides",
            "Prints the newest of the latest 200 messages that has a spoiler again, with the hidden text.",
            "reveal bob",
            RoomArguments.Or(CommandArguments.Name(name => new ConsoleCommand.Reveal(name)), (info, room, rest) =>
                rest.Length == 0
                    ? new ConsoleCommand.RevealInRoom(room)
                    : info.UsageError("'reveal' takes only a username or a room")
            )
        );

    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        string room,
        CancellationToken cancellationToken
    )
    {
        var found = await RoomLookup.FindAsync(context.Peer.Rooms, room, cancellationToken);
        var page = await context.Peer.Rooms.GetMessagesAsync(
            found.Id,
            MaxMessages,
            cancellationToken: cancellationToken
        );
        return Show(
            context,
            page.Messages.LastOrDefault(message => !message.Collapsed && MessageText.HasSpoiler(message.Text)),
            context.Answers.Revealed,
            $"of {RoomText.Handle(found)} has a spoiler."
        );
    }

    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        Username name,
        CancellationToken cancellationToken
    )
    {
        var page = await context.Peer.GetMessagesAsync(name.Value, MaxMessages, cancellationToken: cancellationToken);
        return Show(
            context,
            page.Messages.LastOrDefault(message => MessageText.HasSpoiler(message.Text)),
            context.Answers.Revealed,
            $"with {name} has a spoiler. 'info {name} <id>' shows an older one."
        );
    }

    /// <param name="found">The newest message with a spoiler; null if there is none.</param>
    /// <param name="without">The end of the sentence that says so.</param>
    private static CommandResult Show<T>(
        CommandContext context,
        T? found,
        Func<T, TimeZoneInfo, IEnumerable<string>> reveal,
        string without
    )
        where T : class
    {
        if (found is null)
        {
            return context.Fail($"None of the latest {MaxMessages} messages {without}");
        }

        context.PrintAll(reveal(found, context.TimeProvider.LocalTimeZone));
        return CommandResult.Done;
    }
}

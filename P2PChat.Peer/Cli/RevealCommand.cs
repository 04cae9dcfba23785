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
        if (page.Messages.LastOrDefault(message => MessageText.HasSpoiler(message.Text)) is not { } message)
        {
            return context.Fail(
                $"None of the latest {MaxMessages} messages of {RoomText.Handle(found)} has a spoiler."
            );
        }

        context.PrintAll(context.Answers.Revealed(message, context.TimeProvider.LocalTimeZone));
        return CommandResult.Done;
    }

    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        Username name,
        CancellationToken cancellationToken
    )
    {
        var page = await context.Peer.GetMessagesAsync(name.Value, MaxMessages, cancellationToken: cancellationToken);
        if (page.Messages.LastOrDefault(message => MessageText.HasSpoiler(message.Text)) is not { } message)
        {
            return context.Fail(
                $"None of the latest {MaxMessages} messages with {name} has a spoiler. 'info {name} <id>' shows an "
                    + "older one."
            );
        }

        context.PrintAll(context.Answers.Revealed(message, context.TimeProvider.LocalTimeZone));
        return CommandResult.Done;
    }
}

using P2PChat.Client;
using P2PChat.Peer.Formatting;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary>The commands about one message of a room.</summary>
internal sealed class RoomMessageCommands(CommandContext context, SendCommand send)
{
    private const int Searched = 1000;
    private const int ExcerptLength = 40;

    private IRooms Rooms => context.Peer.Rooms;

    public async Task<CommandResult> RunAsync(
        ConsoleCommand.RoomMessage command,
        Answers answers,
        CancellationToken cancellationToken
    )
    {
        var room = await RoomLookup.FindAsync(Rooms, command.Room, cancellationToken);
        if (await FindAsync(room, command, cancellationToken) is not { } message)
        {
            return CommandResult.Failed;
        }

        var (excerpt, text) = (
            RoomText.Hidden(message) ?? MessageText.Preview(message.Text, ExcerptLength),
            command.Text
        );
        switch (command.Verb)
        {
            case RoomMessageVerb.Reply:
                _ = await Rooms.SendAsync(room.Id, text, message.Id, cancellationToken: cancellationToken);
                context.Print($"* you replied to \"{excerpt}\"");
                break;
            case RoomMessageVerb.React:
                var emoji = text == ContentArguments.RemovesReaction ? null : text;
                _ = await Rooms.ReactAsync(room.Id, message.Id, emoji, cancellationToken);
                context.Print(
                    emoji is null
                        ? $"* you removed your reaction to \"{excerpt}\""
                        : $"* you reacted with {SafeText.Show(emoji)} to \"{excerpt}\""
                );
                break;
            case RoomMessageVerb.Edit:
                var edited = await Rooms.EditAsync(room.Id, message.Id, text, cancellationToken);
                context.Print($"* edited: {MessageText.Preview(edited.Text, ExcerptLength)}");
                break;
            case RoomMessageVerb.Unsend:
                await Rooms.DeleteMessageAsync(room.Id, message.Id, cancellationToken);
                context.Print(
                    $"* \"{excerpt}\" is deleted here. The peers of the other members are asked to delete it too"
                );
                break;
            case RoomMessageVerb.Info:
                var info = await Rooms.GetMessageInfoAsync(room.Id, message.Id, cancellationToken);
                context.PrintAll(answers.RoomInfo(info, context.TimeProvider.LocalTimeZone));
                break;
            case RoomMessageVerb.Delete:
                await Rooms.DeleteMessageHereAsync(room.Id, message.Id, cancellationToken);
                context.Print($"* \"{excerpt}\" is deleted on this side. The other members keep their copies");
                break;
            case RoomMessageVerb.MarkUnread:
                await Rooms.MarkUnreadAsync(room.Id, message.Id, cancellationToken);
                context.Print($"* {RoomText.Handle(room)} is unread again, from \"{excerpt}\" on");
                break;
            case RoomMessageVerb.Forward when message.Deleted:
                return context.Fail("That message was deleted. Nothing was sent.");
            case RoomMessageVerb.Forward when message.Collapsed:
                return context.Fail(
                    "That message is hidden, because you have blocked its author. Nothing was sent. To forward it, "
                        + "use 'unblock' first."
                );
            case RoomMessageVerb.Forward:
                if (await send.ForwardAsync(text, message.Text, cancellationToken) is not { } to)
                {
                    return CommandResult.Failed;
                }

                context.Print($"* you forwarded \"{excerpt}\" to {to}");
                break;
        }

        return CommandResult.Done;
    }

    /// <returns>Null if there is none. The user has then been told.</returns>
    private async Task<RoomMessageItem?> FindAsync(
        RoomItem room,
        ConsoleCommand.RoomMessage command,
        CancellationToken cancellationToken
    )
    {
        var page = await Rooms.GetMessagesAsync(room.Id, Searched, cancellationToken: cancellationToken);
        var found = command.Choice.Id is { } id
            ? page.Messages.Where(message => message.Id.StartsWith(id, StringComparison.Ordinal)).ToList()
            : page
                .Messages.Where(message => IsCounted(command.Verb, message))
                .Reverse()
                .Skip(command.Choice.Number - 1);
        if (found.FirstOrDefault() is { } first)
        {
            return first;
        }

        _ = context.Fail(
            command.Choice.Id is null
                ? $"{RoomText.Handle(room)} has no message with that number. Choose a smaller one."
                : $"None of the latest {Searched} messages of {RoomText.Handle(room)} has that id. 'info' shows the id "
                    + "of a message."
        );
        return null;
    }

    // As in conversations: yours are edited and deleted, those of others are replied to unless they are hidden.
    private static bool IsCounted(RoomMessageVerb verb, RoomMessageItem message) =>
        verb switch
        {
            RoomMessageVerb.Info or RoomMessageVerb.Delete or RoomMessageVerb.Forward => true,
            RoomMessageVerb.Edit or RoomMessageVerb.Unsend => message is { Yours: true, Deleted: false },
            _ => message is { Yours: false, Deleted: false, Collapsed: false },
        };
}

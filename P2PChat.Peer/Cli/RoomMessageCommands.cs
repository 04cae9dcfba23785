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
                if (emoji is null && !await HasReactionAsync(message, cancellationToken))
                {
                    context.Print($"* you have no reaction to \"{excerpt}\", so nothing was changed");
                    break;
                }

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

    private async Task<bool> HasReactionAsync(RoomMessageItem message, CancellationToken cancellationToken)
    {
        var own = (await context.Peer.GetStatusAsync(cancellationToken)).PeerId;
        return message.Reactions?.Any(reaction => reaction.From.PeerId == own) == true;
    }

    /// <returns>Null if there is none. The user has then been told.</returns>
    private async Task<RoomMessageItem?> FindAsync(
        RoomItem room,
        ConsoleCommand.RoomMessage command,
        CancellationToken cancellationToken
    )
    {
        var page = await Rooms.GetMessagesAsync(room.Id, Searched, cancellationToken: cancellationToken);
        if (command.Choice.Id is { } id)
        {
            var named = page.Messages.FirstOrDefault(one => one.Id.StartsWith(id, StringComparison.Ordinal));
            return named
                ?? Fail(
                    $"None of the latest {Searched} messages of {RoomText.Handle(room)} has that id. 'info' shows the "
                        + "id of a message."
                );
        }

        var counted = page.Messages.Where(one => IsCounted(command.Verb, one)).ToList();
        if (counted.Count < command.Choice.Number)
        {
            var contains = page.More
                ? $"The latest {Searched} messages of {RoomText.Handle(room)} contain"
                : $"{RoomText.Handle(room)} has";
            return Fail($"{contains} {Count(command.Verb, counted.Count)}.");
        }

        var message = counted[^command.Choice.Number];
        return message.Deleted && IsOfOwn(command.Verb) ? Fail(MessageChoice.AlreadyDeleted) : message;
    }

    private RoomMessageItem? Fail(string sentence)
    {
        _ = context.Fail(sentence);
        return null;
    }

    private static string Count(RoomMessageVerb verb, int count) =>
        (
            count == 0 ? "no messages"
            : count == 1 ? "only 1 message"
            : $"only {count} messages"
        )
        + (
            IsOfOwn(verb) ? " of yours"
            : verb is RoomMessageVerb.Reply or RoomMessageVerb.React or RoomMessageVerb.MarkUnread ? " from others"
            : ""
        );

    private static bool IsOfOwn(RoomMessageVerb verb) => verb is RoomMessageVerb.Edit or RoomMessageVerb.Unsend;

    // As in conversations: yours are edited and deleted, those of others are replied to unless they are hidden.
    private static bool IsCounted(RoomMessageVerb verb, RoomMessageItem message) =>
        verb switch
        {
            RoomMessageVerb.Info or RoomMessageVerb.Delete or RoomMessageVerb.Forward => true,
            // Deleted ones keep their number, so that a command that is repeated does not delete the one before it.
            RoomMessageVerb.Edit or RoomMessageVerb.Unsend => message.Yours,
            _ => message is { Yours: false, Deleted: false, Collapsed: false },
        };
}

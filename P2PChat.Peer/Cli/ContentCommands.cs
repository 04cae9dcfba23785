using P2PChat.Client;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary>The commands about one message of a conversation.</summary>
internal sealed class ContentCommands(CommandContext context, SendCommand send)
{
    // Holds the 99th message of one side, unless the other side has written far more.
    private const int Searched = 500;

    private const int ExcerptLength = 40;

    public Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken) =>
        command switch
        {
            ConsoleCommand.Reply reply => ReplyAsync(reply, cancellationToken),
            ConsoleCommand.React react => ReactAsync(react, cancellationToken),
            ConsoleCommand.Edit edit => EditAsync(edit, cancellationToken),
            ConsoleCommand.Unsend unsend => UnsendAsync(unsend, cancellationToken),
            ConsoleCommand.Forward forward => ForwardAsync(forward, cancellationToken),
            ConsoleCommand.MarkUnread unread => MarkUnreadAsync(unread, cancellationToken),
            ConsoleCommand.Info info => InfoAsync(info, context.Answers, cancellationToken),
            ConsoleCommand.Json { Listing: ConsoleCommand.Info info } => InfoAsync(
                info,
                JsonAnswers.Instance,
                cancellationToken
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "The command names no message."),
        };

    private async Task<CommandResult> ReplyAsync(ConsoleCommand.Reply command, CancellationToken cancellationToken)
    {
        var name = command.Name.Value;
        if (
            await FindAsync(command.Name, command.Choice, isOwn: false, cancellationToken)
            is not var (id, isOwn, excerpt)
        )
        {
            return CommandResult.Failed;
        }

        var result = await send.RunAsync(
            name,
            () => context.Peer.ReplyAsync(name, id, command.Text, yours: isOwn, cancellationToken: cancellationToken),
            cancellationToken
        );
        if (result == CommandResult.Done && excerpt is not null)
        {
            context.Print($"* you replied to \"{excerpt}\"");
        }

        return result;
    }

    private async Task<CommandResult> ReactAsync(ConsoleCommand.React command, CancellationToken cancellationToken)
    {
        var name = command.Name.Value;
        if (await FindAsync(command.Name, command.Choice, isOwn: false, cancellationToken) is not var (id, isOwn, _))
        {
            return CommandResult.Failed;
        }

        var isRemoval =
            command.Emoji is null
            && (await context.Peer.GetMessageAsync(name, id, isOwn, cancellationToken)).Message is var found
            && (
                found.Reactions?.Any(reaction => reaction.From != name) == true
                || (found.ChangeState is { } state && ContentText.IsMissing(state))
            );
        // Even if there is none here: a removal that has failed to arrive is sent again.
        var message = await context.Peer.ReactAsync(name, id, command.Emoji, isOwn, cancellationToken);
        var excerpt = MessageText.Preview(message.Text, ExcerptLength);
        context.Print(
            command.Emoji is { } emoji ? $"* you reacted with {SafeText.Show(emoji)} to \"{excerpt}\""
            : isRemoval ? $"* you removed your reaction to \"{excerpt}\""
            : $"* you have no reaction to \"{excerpt}\", so nothing was changed"
        );
        return CommandResult.Done;
    }

    private async Task<CommandResult> EditAsync(ConsoleCommand.Edit command, CancellationToken cancellationToken)
    {
        var name = command.Name.Value;
        if (await FindAsync(command.Name, command.Choice, isOwn: true, cancellationToken) is not var (id, _, _))
        {
            return CommandResult.Failed;
        }

        var message = await context.Peer.EditMessageAsync(name, id, command.Text, cancellationToken);
        context.Print($"* edited: {MessageText.Preview(message.Text, ExcerptLength)}");
        return CommandResult.Done;
    }

    private async Task<CommandResult> UnsendAsync(ConsoleCommand.Unsend command, CancellationToken cancellationToken)
    {
        var name = command.Name.Value;
        if (await FindAsync(command.Name, command.Choice, isOwn: true, cancellationToken) is not var (id, _, excerpt))
        {
            return CommandResult.Failed;
        }

        await context.Peer.DeleteMessageForEveryoneAsync(name, id, cancellationToken);
        var what = excerpt is null ? "the message" : $"\"{excerpt}\"";
        context.Print($"* {what} is deleted here. {name}'s peer is asked to delete it too");
        return CommandResult.Done;
    }

    private async Task<CommandResult> ForwardAsync(ConsoleCommand.Forward command, CancellationToken cancellationToken)
    {
        var from = command.Name.Value;
        if (await FindAsync(command.Name, command.Choice, isOwn: null, cancellationToken) is not var (id, isOwn, _))
        {
            return CommandResult.Failed;
        }

        var message = (await context.Peer.GetMessageAsync(from, id, isOwn, cancellationToken)).Message;
        if (message.Deleted)
        {
            return context.Fail("That message was deleted. Nothing was sent.");
        }

        if (message.File is not null)
        {
            return context.Fail("Files cannot be forwarded here. Nothing was sent. Use 'save', and then 'send-file'.");
        }

        if (await send.ForwardAsync(command.To, message.Text, cancellationToken) is not { } to)
        {
            return CommandResult.Failed;
        }

        context.Print($"* you forwarded \"{MessageText.Preview(message.Text, ExcerptLength)}\" to {to}");
        return CommandResult.Done;
    }

    private async Task<CommandResult> MarkUnreadAsync(
        ConsoleCommand.MarkUnread command,
        CancellationToken cancellationToken
    )
    {
        var name = command.Name.Value;
        if (await FindAsync(command.Name, command.Choice, isOwn: false, cancellationToken) is not var (id, _, excerpt))
        {
            return CommandResult.Failed;
        }

        _ = await context.Peer.MarkConversationAsync(name, new MarksRequest(UnreadFrom: id), cancellationToken);
        var from = excerpt is null ? "that message" : $"\"{excerpt}\"";
        context.Print($"* the conversation with {name} is unread again, from {from} on");
        return CommandResult.Done;
    }

    private async Task<CommandResult> InfoAsync(
        ConsoleCommand.Info command,
        Answers answers,
        CancellationToken cancellationToken
    )
    {
        var name = command.Name.Value;
        if (await FindAsync(command.Name, command.Choice, isOwn: null, cancellationToken) is not var (id, isOwn, _))
        {
            return CommandResult.Failed;
        }

        var info = await context.Peer.GetMessageAsync(name, id, isOwn, cancellationToken);
        context.PrintAll(answers.Info(info, context.TimeProvider.LocalTimeZone));
        return CommandResult.Done;
    }

    /// <param name="isOwn">
    /// Whether the user's own messages are counted; null for those of both sides, even deleted ones.
    /// </param>
    /// <returns>
    /// Its id, and if it was counted, whose it is and how it begins, because users miscount. Null if there is none. The
    /// user has then been told.
    /// </returns>
    private async Task<(Guid Id, bool? IsOwn, string? Excerpt)?> FindAsync(
        Username with,
        MessageChoice choice,
        bool? isOwn,
        CancellationToken cancellationToken
    )
    {
        if (choice.Id is { } id)
        {
            return (id, choice.Yours, null);
        }

        var page = await context.Peer.GetMessagesAsync(with.Value, Searched, cancellationToken: cancellationToken);
        var counted = page
            .Messages.Where(message =>
                isOwn switch
                {
                    null => true,
                    // Deleted ones keep their number, so that a command that is repeated does not delete the one
                    // before it.
                    true => message.From != with.Value,
                    _ => !message.Deleted && message.From == with.Value,
                }
            )
            .ToList();
        if (counted.Count >= choice.Number)
        {
            var message = counted[^choice.Number];
            if (isOwn == true && message.Deleted)
            {
                _ = context.Fail(MessageChoice.AlreadyDeleted);
                return null;
            }

            return (message.Id, message.From != with.Value, MessageText.Preview(message.Text, ExcerptLength));
        }

        var isWhole = page.Messages.Count < Searched;
        _ = context.Fail(
            isOwn is not { } ofUser ? TooFew(counted.Count, $"with {with}")
            : isWhole ? TooFew(counted.Count, ofUser ? $"from you to {with}" : $"from {with}")
            : TooFewOfLatest(with, ofUser, counted.Count)
        );
        return null;
    }

    private static string TooFewOfLatest(Username with, bool isOwn, int count) =>
        $"The latest {Searched} messages with {with} contain {(count == 0 ? "none" : $"only {count}")} from "
        + $"{(isOwn ? "you" : with.Value)}. Use an id instead; 'search <words>' shows ids.";

    // The whole conversation was counted.
    private static string TooFew(int count, string which) =>
        count switch
        {
            0 => $"There are no messages {which}.",
            1 => $"There is only 1 message {which}.",
            _ => $"There are only {count} messages {which}.",
        };
}

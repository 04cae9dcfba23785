using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Conversations;

namespace P2PChat.Peer.Cli;

/// <summary>Executes console commands.</summary>
public sealed class CommandRunner(CommandContext context)
{
    private readonly ListingCommands _listings = new(context);
    private readonly ConnectionCommands _connections = new(context);
    private readonly InviteCommands _invites = new(context, new ConnectionCommands(context));
    private readonly SendCommand _send = new(context);
    private readonly ContactCommands _contacts = new(context);
    private readonly MessageCommands _messages = new(context);
    private readonly ContentCommands _contents = new(context, new SendCommand(context));
    private readonly FileCommands _files = new(context);
    private readonly RoomCommands _rooms = new(context);
    private readonly RoomMessageCommands _roomMessages = new(context, new SendCommand(context));
    private readonly BackupCommand _backup = new(context);

    public async Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await ExecuteAsync(command, cancellationToken);
        }
        catch (PeerException exception)
        {
            return context.Fail(
                SafeText.Show(
                    await NameSuggestion.OfAsync(context, command, exception, cancellationToken)
                        ?? CommandHint.Of(exception, command)
                )
            );
        }
        catch (PeerApiException exception)
        {
            return context.Fail(
                SafeText.Show(
                    await NameSuggestion.OfAsync(context, command, exception, cancellationToken)
                        ?? CommandHint.Of(exception.Message, exception.Type, command)
                )
            );
        }
    }

    /// <summary>Like <see cref="RunAsync"/>, but an unexpected exception does not end the process.</summary>
    public async Task<CommandResult> RunSafelyAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(command, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return context.Fail(
                $"The command failed because of a bug in this program ({exception.GetType().Name}). Please report it. "
                    + "The peer keeps running."
            );
        }
    }

    private async Task<CommandResult> ExecuteAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case ConsoleCommand.Connect or ConsoleCommand.Accept or ConsoleCommand.Reject or ConsoleCommand.Disconnect:
                return await _connections.RunAsync(command, cancellationToken);
            case ConsoleCommand.ConnectByInvite connect:
                return await _invites.ConnectAsync(connect, cancellationToken);
            case ConsoleCommand.Revoke { Id: var id }:
                return await _invites.RevokeAsync(id, cancellationToken);
            case ConsoleCommand.Send send:
                return await _send.RunAsync(send, cancellationToken);
            case ConsoleCommand.Trust
            or ConsoleCommand.Nickname
            or ConsoleCommand.Block
            or ConsoleCommand.Unblock
            or ConsoleCommand.Verify:
                return await _contacts.RunAsync(command, cancellationToken);
            case ConsoleCommand.Export export:
                return await _messages.ExportAsync(export, cancellationToken);
            case ConsoleCommand.ExportRoom export:
                return await _messages.ExportAsync(export, cancellationToken);
            case ConsoleCommand.Delete delete:
                return await _messages.DeleteAsync(delete, cancellationToken);
            case ConsoleCommand.Reply
            or ConsoleCommand.React
            or ConsoleCommand.Edit
            or ConsoleCommand.Unsend
            or ConsoleCommand.Forward
            or ConsoleCommand.MarkUnread
            or ConsoleCommand.Info
            or ConsoleCommand.Json { Listing: ConsoleCommand.Info }:
                return await _contents.RunAsync(command, cancellationToken);
            case ConsoleCommand.Reveal { Name: var name }:
                return await RevealCommand.RunAsync(context, name, cancellationToken);
            case ConsoleCommand.RevealInRoom { Room: var room }:
                return await RevealCommand.RunAsync(context, room, cancellationToken);
            case ConsoleCommand.Mark mark:
                return await MarkCommands.RunAsync(context, mark, cancellationToken);
            case ConsoleCommand.Timer timer:
                return await TimerCommand.RunAsync(context, context.Answers, timer, cancellationToken);
            case ConsoleCommand.Json { Listing: ConsoleCommand.Timer timer }:
                return await TimerCommand.RunAsync(context, JsonAnswers.Instance, timer, cancellationToken);
            case ConsoleCommand.OfferFile or ConsoleCommand.ChangeFile or ConsoleCommand.SaveFile:
                return await _files.RunAsync(command, cancellationToken);
            case ConsoleCommand.ChangeRoom
            or ConsoleCommand.SendToRoom
            or ConsoleCommand.Json { Listing: ConsoleCommand.ChangeRoom }:
                return await _rooms.RunAsync(command, cancellationToken);
            case ConsoleCommand.RoomMessage message:
                return await _roomMessages.RunAsync(message, context.Answers, cancellationToken);
            case ConsoleCommand.Json { Listing: ConsoleCommand.RoomMessage message }:
                return await _roomMessages.RunAsync(message, JsonAnswers.Instance, cancellationToken);
            case ConsoleCommand.Backup backup:
                return await _backup.RunAsync(backup, cancellationToken);
            case ConsoleCommand.ChangeName
            or ConsoleCommand.ChangePicture
            or ConsoleCommand.SavePicture
            or ConsoleCommand.Json { Listing: ConsoleCommand.ChangeName or ConsoleCommand.ChangePicture }:
                return await ProfileCommands.RunAsync(context, command, cancellationToken);
            case ConsoleCommand.ChangeSetting choose:
                return await SetAsync(choose, cancellationToken);
            case ConsoleCommand.Web:
                context.Print(context.Answers.WebLink((await context.Peer.CreateWebLinkAsync(cancellationToken)).Url));
                return CommandResult.Done;
            case ConsoleCommand.Help { Topic: var topic }:
                context.PrintAll(topic is null ? context.Answers.Help() : context.Answers.Help(topic));
                return CommandResult.Done;
            case ConsoleCommand.Chat or ConsoleCommand.ChatRoom or ConsoleCommand.ChatNumber:
                return context.Fail(ConversationArguments.NeedsPrompt);
            case ConsoleCommand.Quit:
                return CommandResult.Exit;
            case ConsoleCommand.Invalid { Message: var sentence }:
                context.PrintError(SafeText.Show(sentence));
                return CommandResult.Misused;
            default:
                context.PrintAll(await _listings.ListAsync(command, cancellationToken));
                return CommandResult.Done;
        }
    }

    private async Task<CommandResult> SetAsync(
        ConsoleCommand.ChangeSetting command,
        CancellationToken cancellationToken
    )
    {
        await context.Peer.SetAsync(command.Name, command.Value, cancellationToken);
        var name = command.Name.ToLowerInvariant();
        var settings = (await context.Peer.ListSettingsAsync(cancellationToken)).Settings;
        // As the setting writes it, however it was typed.
        var value = settings.FirstOrDefault(setting => setting.Name == name)?.Value ?? command.Value;
        context.Print(
            command.Value is not null
                ? $"{name} is now {value}."
                : $"{name} is back to the value that the peer was started with."
        );
        return CommandResult.Done;
    }
}

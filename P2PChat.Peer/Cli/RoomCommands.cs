using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary><c>room</c>, and <c>send</c> to a room.</summary>
internal sealed class RoomCommands(CommandContext context)
{
    private IRooms Rooms => context.Peer.Rooms;

    public async Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case ConsoleCommand.SendToRoom { Room: var room, Text: var text }:
                _ = await Rooms.SendAsync(room, text, cancellationToken: cancellationToken);
                return CommandResult.Done;
            case ConsoleCommand.ChangeRoom change:
                return await ChangeAsync(change, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(command));
        }
    }

    private async Task<CommandResult> ChangeAsync(
        ConsoleCommand.ChangeRoom command,
        CancellationToken cancellationToken
    )
    {
        var (room, argument) = (command.Room, command.Argument);
        switch (command.Verb)
        {
            case RoomVerb.New:
                var made = await Rooms.CreateAsync(new RoomRequest(room), cancellationToken);
                context.Print($"You own the room {RoomText.Handle(made)}. Invite contacts with 'room invite'.");
                break;
            case RoomVerb.Invite:
                await Rooms.InviteAsync(room, argument, cancellationToken);
                context.Print($"{argument} is invited, and becomes a member by joining.");
                break;
            case RoomVerb.Join:
                await Rooms.JoinAsync(room, cancellationToken);
                context.Print($"You are a member of {room} now.");
                break;
            case RoomVerb.Leave:
                await Rooms.LeaveAsync(room, cancellationToken);
                context.Print($"You are no longer in {room}. 'room delete' deletes what is left of it.");
                break;
            case RoomVerb.Remove:
                await Rooms.RemoveAsync(room, argument, cancellationToken);
                context.Print($"{argument} is removed from {room}. What they sent before stays.");
                break;
            case RoomVerb.Role:
                return await SetRoleAsync(room, argument, cancellationToken);
            case RoomVerb.Rename:
                await Rooms.RenameAsync(room, argument, cancellationToken);
                context.Print("The room has a new name.");
                break;
            case RoomVerb.Notify:
                return await SetNotifyAsync(room, argument, cancellationToken);
            case RoomVerb.Delete:
                return await DeleteAsync(room, cancellationToken);
        }

        return CommandResult.Done;
    }

    private async Task<CommandResult> SetRoleAsync(string room, string argument, CancellationToken cancellationToken)
    {
        var (person, word) = CommandParser.SplitFirst(argument);
        if (
            !Enum.TryParse<RoomRole>(word, ignoreCase: true, out var role)
            || role is < RoomRole.Member or > RoomRole.Owner
        )
        {
            context.PrintError("A role is member, moderator or owner. Usage: room role <#room> <username> <role>");
            return CommandResult.Misused;
        }

        if (
            role == RoomRole.Owner
            && context.Confirm is { } confirm
            && !await confirm(
                $"Hand {room} over to {person}? You become a moderator, and cannot take it back.",
                cancellationToken
            )
        )
        {
            context.Print("The room was not handed over.");
            return CommandResult.Failed;
        }

        await Rooms.SetRoleAsync(room, person, role, cancellationToken);
        context.Print($"{person} is {RoomText.Role(role)} of {room} now.");
        return CommandResult.Done;
    }

    private async Task<CommandResult> SetNotifyAsync(string room, string word, CancellationToken cancellationToken)
    {
        if (!Enum.TryParse<RoomNotify>(word, ignoreCase: true, out var notify) || !Enum.IsDefined(notify))
        {
            context.PrintError("Choose all, mentions or none. Usage: room notify <#room> <all|mentions|none>");
            return CommandResult.Misused;
        }

        await Rooms.SetNotifyAsync(room, notify, cancellationToken);
        context.Print(
            notify switch
            {
                RoomNotify.All => $"All messages of {room} notify you.",
                RoomNotify.Mentions => $"Messages of {room} notify you if they mention you.",
                _ => $"Messages of {room} do not notify you.",
            }
        );
        return CommandResult.Done;
    }

    private async Task<CommandResult> DeleteAsync(string room, CancellationToken cancellationToken)
    {
        if (
            context.Confirm is { } confirm
            && !await confirm($"Delete {room} with all its messages here? They cannot be restored.", cancellationToken)
        )
        {
            context.Print("Nothing was deleted.");
            return CommandResult.Failed;
        }

        await Rooms.DeleteAsync(room, cancellationToken);
        context.Print($"{room} is deleted here. The others keep their copies.");
        return CommandResult.Done;
    }
}

using System.Globalization;
using P2PChat.Client;
using P2PChat.Peer.Cli.Conversations;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary><c>room</c>, and <c>send</c> to a room.</summary>
internal sealed class RoomCommands(CommandContext context)
{
    private IRooms Rooms => context.Peer.Rooms;

    public async Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case ConsoleCommand.SendToRoom { Room: var typed, Text: var text }:
                var room = await RoomLookup.FindAsync(Rooms, typed, cancellationToken);
                _ = await Rooms.SendAsync(room.Id, text, cancellationToken: cancellationToken);
                return CommandResult.Done;
            case ConsoleCommand.ChangeRoom { Verb: RoomVerb.New, Room: var name, Argument: var history }:
                var kept = history.Length == 0 ? 0 : int.Parse(history, CultureInfo.InvariantCulture);
                var made = await Rooms.CreateAsync(
                    new RoomRequest(RoomLookup.WithoutSign(name), kept),
                    cancellationToken
                );
                await PrintMadeAsync(made, cancellationToken);
                return CommandResult.Done;
            case ConsoleCommand.ChangeRoom change:
                var found = await RoomLookup.FindAsync(Rooms, change.Room, cancellationToken);
                return await ChangeAsync(change, found, cancellationToken);
            default:
                context.PrintError("'room' prints JSON only for 'members', 'link' and 'links'. Leave out --json.");
                return CommandResult.Misused;
        }
    }

    private async Task PrintMadeAsync(RoomItem made, CancellationToken cancellationToken)
    {
        var handle = RoomText.Handle(made);
        IReadOnlyList<RoomItem> all;
        try
        {
            all = (await Rooms.ListAsync(cancellationToken)).Rooms;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The room is made. A script that fails here would make another one.
            all = [];
        }

        var name = all.Zip(NamedRoom.Names(all))
            .Where(room => room.First.Id == made.Id)
            .Select(room => room.Second)
            .FirstOrDefault(handle);
        context.Print(
            $"* you own the room {name}. Invite contacts with 'room invite'"
                + (name == handle ? "" : ". Other rooms have the same name: 'rooms' shows them")
        );
    }

    private async Task<CommandResult> ChangeAsync(
        ConsoleCommand.ChangeRoom command,
        RoomItem item,
        CancellationToken cancellationToken
    )
    {
        // Commands at the prompt have an id instead of the name.
        var (id, room, argument) = (item.Id, RoomText.Handle(item), command.Argument);
        switch (command.Verb)
        {
            case RoomVerb.Invite:
                await Rooms.InviteAsync(id, argument, cancellationToken);
                context.Print($"Invited {argument}, who becomes a member by joining.");
                break;
            case RoomVerb.Join:
                await Rooms.JoinAsync(id, cancellationToken);
                context.Print(
                    $"You joined {room}. All members, including later ones, can see your username and address."
                );
                break;
            case RoomVerb.Leave:
                await Rooms.LeaveAsync(id, cancellationToken);
                context.Print(
                    item.Standing switch
                    {
                        RoomStanding.Invited => $"* you declined the invitation to {room}",
                        RoomStanding.Waiting => $"* you no longer wait to join {room}",
                        _ => $"* you are no longer in {room}. 'room delete' deletes your copy of it",
                    }
                );
                break;
            case RoomVerb.Remove:
                await Rooms.RemoveAsync(id, argument, cancellationToken);
                context.Print($"Removed {argument} from {room}. Their earlier messages stay.");
                break;
            case RoomVerb.Unlink:
                return await RevokeAsync(id, argument, cancellationToken);
            case RoomVerb.Role:
                return await SetRoleAsync(command, item, cancellationToken);
            case RoomVerb.Rename:
                await Rooms.RenameAsync(id, RoomLookup.WithoutSign(argument), cancellationToken);
                context.Print($"The room is named {RoomText.Handle(RoomLookup.WithoutSign(argument))} now.");
                break;
            case RoomVerb.Picture:
                return await SetPictureAsync(command, item, cancellationToken);
            case RoomVerb.Notify:
                return await SetNotifyAsync(command, item, cancellationToken);
            case RoomVerb.Delete:
                return await DeleteAsync(command, item, cancellationToken);
        }

        return CommandResult.Done;
    }

    private async Task<CommandResult> RevokeAsync(string room, string link, CancellationToken cancellationToken)
    {
        var links = (await Rooms.ListLinksAsync(room, cancellationToken)).Links;
        var wasRevoked = links.Any(one =>
            one.State == RoomLinkState.Revoked && one.Id.Equals(link, StringComparison.OrdinalIgnoreCase)
        );
        await Rooms.RevokeLinkAsync(room, link, cancellationToken);
        context.Print(
            wasRevoked ? "The link was already revoked." : "The link is revoked. Those who joined by it stay members."
        );
        return CommandResult.Done;
    }

    private async Task<CommandResult> SetPictureAsync(
        ConsoleCommand.ChangeRoom command,
        RoomItem item,
        CancellationToken cancellationToken
    )
    {
        var id = item.Id;
        if (command.Argument == RoomArguments.RemoveOption && !item.HasPicture)
        {
            context.Print($"{RoomText.Handle(item)} has no picture, so nothing was changed.");
            return CommandResult.Done;
        }

        if (command.Argument == RoomArguments.RemoveOption)
        {
            await Rooms.SetPictureAsync(id, null, cancellationToken);
            context.Print($"{RoomText.Handle(item)} has no picture now.");
            return CommandResult.Done;
        }

        if (await PictureReader.ReadAsync(command.Argument, cancellationToken) is not { } picture)
        {
            return context.Fail(PictureReader.Problem(command.Argument));
        }

        await Rooms.SetPictureAsync(id, picture, cancellationToken);
        context.Print($"{RoomText.Handle(item)} has a new picture, which all members see.");
        return CommandResult.Done;
    }

    private async Task<CommandResult> SetRoleAsync(
        ConsoleCommand.ChangeRoom command,
        RoomItem item,
        CancellationToken cancellationToken
    )
    {
        var (id, room) = (item.Id, RoomText.Handle(item));
        var (person, word) = CommandParser.SplitFirst(command.Argument);
        if (!RoomArguments.TryParseWord<RoomRole>(word, out var role) || role is < RoomRole.Member or > RoomRole.Owner)
        {
            context.PrintError("A role is member, moderator or owner. Usage: room role <#room> <username> <role>");
            return CommandResult.Misused;
        }

        if (role == RoomRole.Owner && !command.Force)
        {
            var who = await DescribeAsync(id, person, cancellationToken);
            if (context.Confirm is not { } confirm)
            {
                return context.Fail(
                    $"The room was not handed over. To hand it over to {who} without being asked, use 'room role "
                        + $"--force {command.Room} {person} owner'."
                );
            }

            if (
                !await confirm(
                    $"Hand {room} over to {who}? You become a moderator, and cannot take it back.",
                    cancellationToken
                )
            )
            {
                context.Print("The room was not handed over.");
                return CommandResult.Failed;
            }
        }

        await Rooms.SetRoleAsync(id, person, role, cancellationToken);
        context.Print($"{person} is {RoomText.Role(role)} of {room} now.");
        return CommandResult.Done;
    }

    // The name and the key, because others can join under a similar name.
    private async Task<string> DescribeAsync(string id, string person, CancellationToken cancellationToken)
    {
        var members = (await Rooms.GetMembersAsync(id, cancellationToken)).Members;
        return
            members
                .Select(member => member.Person)
                .FirstOrDefault(one => RoomText.Name(one).Equals(person, StringComparison.OrdinalIgnoreCase))
                is { } found
            ? $"{RoomText.Name(found)} (key {RoomText.Key(found)})"
            : SafeText.Show(person);
    }

    private async Task<CommandResult> SetNotifyAsync(
        ConsoleCommand.ChangeRoom command,
        RoomItem item,
        CancellationToken cancellationToken
    )
    {
        var (id, room) = (item.Id, RoomText.Handle(item));
        if (!RoomArguments.TryParseWord<RoomNotify>(command.Argument, out var notify))
        {
            context.PrintError("Choose all, mentions or none. Usage: room notify <#room> <all|mentions|none>");
            return CommandResult.Misused;
        }

        await Rooms.SetNotifyAsync(id, notify, cancellationToken);
        context.Print(
            notify switch
            {
                RoomNotify.All => $"You are notified of all messages in {room}.",
                RoomNotify.Mentions => $"You are notified only of mentions in {room}.",
                _ => $"You are not notified of messages in {room}.",
            }
        );
        return CommandResult.Done;
    }

    private async Task<CommandResult> DeleteAsync(
        ConsoleCommand.ChangeRoom command,
        RoomItem item,
        CancellationToken cancellationToken
    )
    {
        var (id, room) = (item.Id, RoomText.Handle(item));
        if (!command.Force)
        {
            if (context.Confirm is not { } confirm)
            {
                return context.Fail(
                    $"Nothing was deleted. To delete {room}, use 'room delete --force {command.Room}'."
                );
            }

            var question = $"Delete {room} and all its messages on this device? You cannot undo this.";
            if (!await confirm(question, cancellationToken))
            {
                context.Print("Nothing was deleted.");
                return CommandResult.Failed;
            }
        }

        await Rooms.DeleteAsync(id, cancellationToken);
        var isAlone = item is { Standing: RoomStanding.Joined, Members: 1 };
        context.Print($"Deleted {room} on this device.{(isAlone ? "" : " The others keep their copies.")}");
        return CommandResult.Done;
    }
}

using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>Commands that list something.</summary>
internal sealed class ListingCommands(CommandContext context)
{
    public Task<IEnumerable<string>> ListAsync(ConsoleCommand command, CancellationToken cancellationToken) =>
        command is ConsoleCommand.Json { Listing: var listing }
            ? ListAsync(listing, JsonAnswers.Instance, cancellationToken)
            : ListAsync(command, context.Answers, cancellationToken);

    private async Task<IEnumerable<string>> ListAsync(
        ConsoleCommand command,
        Answers answers,
        CancellationToken cancellationToken
    )
    {
        var (peer, timeZone) = (context.Peer, context.TimeProvider.LocalTimeZone);
        return command switch
        {
            ConsoleCommand.List => answers.Peers(await peer.ListPeersAsync(cancellationToken)),
            ConsoleCommand.Requests => answers.Requests(await peer.ListRequestsAsync(cancellationToken)),
            ConsoleCommand.Contacts => answers.Contacts(await peer.ListContactsAsync(cancellationToken)),
            ConsoleCommand.Chats => answers.Chats(
                await peer.ListConversationsAsync(cancellationToken),
                await peer.Rooms.ListAsync(cancellationToken),
                context.TimeProvider.GetUtcNow()
            ),
            ConsoleCommand.Safety { Name.Value: var name } => answers.Safety(
                name,
                await peer.GetSafetyAsync(name, cancellationToken)
            ),
            ConsoleCommand.Invite { Uses: var uses, Days: var days } => answers.Invite(
                await peer.CreateInviteAsync(new(uses, days), cancellationToken: cancellationToken),
                timeZone
            ),
            ConsoleCommand.Invites => answers.Invites(await peer.ListInvitesAsync(cancellationToken), timeZone),
            ConsoleCommand.Profile => answers.Profile(await peer.GetProfileAsync(cancellationToken)),
            ConsoleCommand.Files => answers.Files(
                await ListFilesAsync(cancellationToken),
                await ListConnectedAsync(cancellationToken)
            ),
            ConsoleCommand.Rooms => answers.Rooms(await peer.Rooms.ListAsync(cancellationToken)),
            ConsoleCommand.RoomMembers
            or ConsoleCommand.RoomLinks
            or ConsoleCommand.RoomLink
            or ConsoleCommand.RoomHistory => await RoomsAsync(command, answers, cancellationToken),
            ConsoleCommand.Settings => answers.Settings(await peer.ListSettingsAsync(cancellationToken)),
            ConsoleCommand.Status => answers.Status(await peer.GetStatusAsync(cancellationToken)),
            ConsoleCommand.Doctor { Name: var name } => answers.Doctor(
                await peer.DoctorAsync(name?.Value, cancellationToken)
            ),
            ConsoleCommand.History { Name.Value: var name, Count: var count } => answers.History(
                await peer.GetMessagesAsync(name, count, cancellationToken: cancellationToken),
                timeZone
            ),
            ConsoleCommand.Search { Words: var words } => answers.SearchResults(
                await peer.SearchAsync(words, FoundLines.Max, cancellationToken: cancellationToken),
                timeZone
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "The command lists nothing."),
        };
    }

    private async Task<IEnumerable<string>> RoomsAsync(
        ConsoleCommand command,
        Answers answers,
        CancellationToken cancellationToken
    )
    {
        var (rooms, timeZone) = (context.Peer.Rooms, context.TimeProvider.LocalTimeZone);
        switch (command)
        {
            case ConsoleCommand.RoomMembers { Room: var typed }:
                var id = (await RoomLookup.FindAsync(rooms, typed, cancellationToken)).Id;
                return answers.RoomMembers(await rooms.GetMembersAsync(id, cancellationToken));
            case ConsoleCommand.RoomLinks { Room: var typed }:
                id = (await RoomLookup.FindAsync(rooms, typed, cancellationToken)).Id;
                return answers.RoomLinks(await rooms.ListLinksAsync(id, cancellationToken), timeZone);
            case ConsoleCommand.RoomLink { Room: var typed } link:
                id = (await RoomLookup.FindAsync(rooms, typed, cancellationToken)).Id;
                var wanted = new NewRoomLinkRequest(link.Uses, link.Hours);
                return answers.RoomLink(
                    await rooms.CreateLinkAsync(id, wanted, cancellationToken: cancellationToken),
                    timeZone
                );
        }

        var history = (ConsoleCommand.RoomHistory)command;
        var room = await RoomLookup.FindAsync(rooms, history.Room, cancellationToken);
        var page = await rooms.GetMessagesAsync(room.Id, history.Count, cancellationToken: cancellationToken);
        if (room is { Standing: RoomStanding.Joined, Unread: > 0 } && page.Messages is [.., var newest])
        {
            await rooms.MarkReadAsync(room.Id, newest.Id, cancellationToken);
        }

        return answers.RoomHistory(page, timeZone);
    }

    private async Task<IReadOnlySet<string>> ListConnectedAsync(CancellationToken cancellationToken) =>
        (await context.Peer.ListContactsAsync(cancellationToken))
            .Contacts.Where(contact => contact.Path is not null)
            .Select(contact => contact.Username)
            .ToHashSet();

    private async Task<FilesResponse> ListFilesAsync(CancellationToken cancellationToken)
    {
        var response = await context.Peer.ListFilesAsync(cancellationToken);
        context.ListedFiles = response.Files;
        return response;
    }
}

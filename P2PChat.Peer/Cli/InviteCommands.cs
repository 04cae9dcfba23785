using P2PChat.Client;
using P2PChat.Protocol.Invites;

namespace P2PChat.Peer.Cli;

/// <summary><c>connect</c> with an invite link, and <c>revoke</c>.</summary>
internal sealed class InviteCommands(CommandContext context, ConnectionCommands connections)
{
    /// <summary>Connects once the user has seen directory, name and key, and has agreed.</summary>
    public async Task<CommandResult> ConnectAsync(
        ConsoleCommand.ConnectByInvite command,
        CancellationToken cancellationToken
    )
    {
        var (link, name) = (command.Link, command.Link.Inviter.Value);
        var directory = link.Directory.GetLeftPart(UriPartial.Authority);
        var from = $"{name} (key {link.Key.Short}) on the directory {directory}";
        var (kind, question) = link.Room is null
            ? ("invite", $"Connect to {from}?")
            : (
                "link to a room",
                $"Join a room of {from}? All members, including later ones, see your name and address."
            );
        if (!command.Agreed)
        {
            if (context.Confirm is not { } confirm)
            {
                return context.Fail(
                    $"This {kind} is from {name} (key {link.Key.Short}), on the directory {directory}. "
                        + $"To {(link.Room is null ? "connect" : "join")}, use 'connect <link> "
                        + $"{InviteArguments.YesOption}'."
                );
            }

            if (!await confirm(question, cancellationToken))
            {
                context.Print($"The {kind} was not used.");
                return CommandResult.Failed;
            }
        }

        if (link.Room is not null)
        {
            return await JoinRoomAsync(link, cancellationToken);
        }

        JoinOutcome? outcome = null;
        var result = await connections.ConnectAsync(
            name,
            async (_, token) =>
            {
                outcome = (await context.Peer.ConnectByInviteAsync(link.ToString(), token)).Outcome;
                return outcome == JoinOutcome.Connecting;
            },
            context.Timeouts.Connect,
            cancellationToken
        );
        switch (outcome)
        {
            case JoinOutcome.Connected:
                context.Print($"* you are already connected to {name}, who is now verified by invite");
                break;
            case JoinOutcome.Waiting:
                context.Print($"* {name} is verified by invite, but away. This peer connects once {name} is back");
                break;
        }

        return result;
    }

    // The room's events say how it goes on.
    private async Task<CommandResult> JoinRoomAsync(InviteLink link, CancellationToken cancellationToken)
    {
        var name = link.Inviter;
        context.Print(
            (await context.Peer.ConnectByInviteAsync(link.ToString(), cancellationToken)).Outcome switch
            {
                JoinOutcome.Connected => "* you joined the room. 'rooms' shows it",
                JoinOutcome.Connecting => $"* {name}'s peer is asked to let you in. 'rooms' shows the room",
                _ => $"* {name} is away. You join once both of you are online; 'room leave' gives up",
            }
        );
        return CommandResult.Done;
    }

    public async Task<CommandResult> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        await context.Peer.RevokeInviteAsync(id, cancellationToken);
        context.Print("The invite is revoked. Its link no longer works.");
        return CommandResult.Done;
    }
}

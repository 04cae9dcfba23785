using P2PChat.Client;

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
        if (!command.Agreed)
        {
            if (context.Confirm is not { } confirm)
            {
                return context.Fail(
                    $"This invite is from {name} (key {link.Key.Short}), on the directory {directory}. "
                        + $"To connect, use 'connect <link> {InviteArguments.YesOption}'."
                );
            }

            if (
                !await confirm(
                    $"Connect to {name} (key {link.Key.Short}) on the directory {directory}?",
                    cancellationToken
                )
            )
            {
                context.Print("The invite was not used.");
                return CommandResult.Failed;
            }
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

    public async Task<CommandResult> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        await context.Peer.RevokeInviteAsync(id, cancellationToken);
        context.Print("The invite is revoked. Its link no longer works.");
        return CommandResult.Done;
    }
}

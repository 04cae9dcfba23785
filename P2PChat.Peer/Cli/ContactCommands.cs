using P2PChat.Client;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary><c>trust</c>, <c>nickname</c>, <c>block</c>, <c>unblock</c> and <c>verify</c>.</summary>
internal sealed class ContactCommands(CommandContext context)
{
    private readonly IPeer _peer = context.Peer;

    public async Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case ConsoleCommand.Trust { Name.Value: var name, Key: var key }:
                context.PrintAll(CommandText.Trusted(name, await _peer.TrustAsync(name, key, cancellationToken)));
                return CommandResult.Done;
            case ConsoleCommand.Nickname { Name.Value: var name, Text: var text }:
                await _peer.SetNicknameAsync(name, text, cancellationToken);
                context.Print(
                    text is null
                        ? $"{name} has no nickname now."
                        : $"{name} has the nickname \"{SafeText.Show(text)}\", which only you see."
                );
                return CommandResult.Done;
            case ConsoleCommand.Block { Name.Value: var name }:
                return await BlockAsync(name, cancellationToken);
            case ConsoleCommand.Unblock { Name.Value: var name }:
                await _peer.UnblockAsync(name, cancellationToken);
                context.Print($"{name} is no longer blocked.");
                return CommandResult.Done;
            case ConsoleCommand.Verify { Name.Value: var name, Digits: var digits }:
                return await VerifyAsync(name, digits, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(command));
        }
    }

    private async Task<CommandResult> BlockAsync(string name, CancellationToken cancellationToken)
    {
        // A script knows what it does.
        if (
            context.Confirm is { } confirm
            && !await confirm(
                $"Block {name}? This closes the connection, and {name} can no longer write to you.",
                cancellationToken
            )
        )
        {
            context.Print($"{name} was not blocked.");
            return CommandResult.Failed;
        }

        await _peer.BlockAsync(name, cancellationToken);
        context.Print($"{name} is blocked. They are not told.");
        return CommandResult.Done;
    }

    private async Task<CommandResult> VerifyAsync(string name, string digits, CancellationToken cancellationToken)
    {
        if (!(await _peer.VerifyAsync(name, digits, cancellationToken)).Matches)
        {
            return context.Fail(
                "THE NUMBERS DO NOT MATCH. Check for typing errors first. If there are none, someone may be "
                    + $"intercepting your messages with {name}."
            );
        }

        context.Print($"The numbers match: nobody is intercepting your messages. {name} is now verified.");
        return CommandResult.Done;
    }
}

using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary><c>connect</c>, <c>accept</c>, <c>reject</c> and <c>disconnect</c>.</summary>
internal sealed class ConnectionCommands(CommandContext context)
{
    public async Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case ConsoleCommand.Connect { Name.Value: var name }:
                return await ConnectAsync(name, AskAsync, context.Timeouts.Connect, cancellationToken);
            case ConsoleCommand.Accept { Name.Value: var name }:
                return await ConnectAsync(
                    name,
                    Always(context.Peer.AcceptAsync),
                    context.Timeouts.Other,
                    cancellationToken
                );
            case ConsoleCommand.Reject { Name.Value: var name }:
                await context.Peer.RejectAsync(name, cancellationToken);
                return CommandResult.Done;
            case ConsoleCommand.Disconnect { Name.Value: var name }:
                return await DisconnectAsync(name, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(command));
        }
    }

    private async Task<bool> AskAsync(string name, CancellationToken cancellationToken)
    {
        if ((await context.Peer.ConnectAsync(name, cancellationToken)).WaitsUntil is not { } waitsUntil)
        {
            return true;
        }

        context.Print(CommandText.Waiting(name, waitsUntil - context.TimeProvider.GetUtcNow()));
        return false;
    }

    /// <summary>Connects, and waits for the outcome.</summary>
    /// <param name="connectAsync">Returns false if no outcome follows.</param>
    public async Task<CommandResult> ConnectAsync(
        string name,
        Func<string, CancellationToken, Task<bool>> connectAsync,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using var watch = context.Events.Watch(name);
        if (!await connectAsync(name, cancellationToken))
        {
            return CommandResult.Done;
        }

        var outcome = await watch.FirstAsync(
            apiEvent => apiEvent is ApiEvent.Connected or ApiEvent.Disconnected or ApiEvent.ContactAdded,
            context.Waits ? timeout : context.Timeouts.Glance,
            context.TimeProvider,
            cancellationToken
        );
        if (outcome is not null)
        {
            return outcome is ApiEvent.Disconnected ? CommandResult.Failed : CommandResult.Done;
        }

        if (context.Waits)
        {
            return context.Fail($"{name} has not answered yet. Use 'list' to check later.");
        }

        context.Print($"* waiting for {name}'s answer. It will appear here");
        return CommandResult.Done;
    }

    private static Func<string, CancellationToken, Task<bool>> Always(Func<string, CancellationToken, Task> act) =>
        async (name, cancellationToken) =>
        {
            await act(name, cancellationToken);
            return true;
        };

    private async Task<CommandResult> DisconnectAsync(string name, CancellationToken cancellationToken)
    {
        using var watch = context.Events.Watch(name);
        await context.Peer.DisconnectAsync(name, cancellationToken);
        if (context.Waits)
        {
            _ = await watch.FirstAsync(
                apiEvent => apiEvent is ApiEvent.Disconnected,
                context.Timeouts.Other,
                context.TimeProvider,
                cancellationToken
            );
        }

        return CommandResult.Done;
    }
}

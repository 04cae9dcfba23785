using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary><c>send</c>, and the sending part of <c>reply</c>.</summary>
internal sealed class SendCommand(CommandContext context)
{
    public Task<CommandResult> RunAsync(ConsoleCommand.Send command, CancellationToken cancellationToken) =>
        RunAsync(
            command.Name.Value,
            () => context.Peer.SendAsync(command.Name.Value, command.Text, cancellationToken: cancellationToken),
            cancellationToken
        );

    /// <summary>Sends a text to a contact or a room.</summary>
    /// <param name="to">As typed.</param>
    /// <returns>The name of the contact or the room; null if it was refused. The user has then been told.</returns>
    public async Task<string?> ForwardAsync(string to, string text, CancellationToken cancellationToken)
    {
        if (RoomArguments.IsRoom(to))
        {
            var room = await RoomLookup.FindAsync(context.Peer.Rooms, to, cancellationToken);
            _ = await context.Peer.Rooms.SendAsync(room.Id, text, cancellationToken: cancellationToken);
            return RoomText.Handle(room);
        }

        var result = await RunAsync(
            to,
            () => context.Peer.SendAsync(to, text, cancellationToken: cancellationToken),
            cancellationToken
        );
        return result == CommandResult.Done ? to : null;
    }

    /// <param name="send">Queues the message.</param>
    public async Task<CommandResult> RunAsync(
        string name,
        Func<Task<SendResponse>> send,
        CancellationToken cancellationToken
    )
    {
        using var watch = context.Events.Watch(name);
        var (id, route) = await send();
        var note = route == SendRoute.Link ? null : $"* {CommandText.NotConnected(name, route)}";
        if (!context.Waits)
        {
            if (note is not null)
            {
                context.Print(note);
            }

            return CommandResult.Done;
        }

        // A contact that is online is reconnected almost at once, so even a queued message is worth a short wait.
        var outcome = await watch.FirstAsync(
            apiEvent =>
                apiEvent is ApiEvent.Disconnected
                || (apiEvent is ApiEvent.Receipt { State: not MessageState.Sent } receipt && receipt.Id == id),
            note is null ? context.Timeouts.Other : context.Timeouts.Glance,
            context.TimeProvider,
            cancellationToken
        );
        switch (outcome)
        {
            case ApiEvent.Receipt { State: MessageState.Delivered or MessageState.Read }:
                return CommandResult.Done;
            case ApiEvent.Receipt:
                return context.Fail($"{name} refused the message. Use 'connect {name}' to ask again.");
        }

        // The message is stored, and a send promises no more than that.
        var unconfirmed = outcome is null
            ? $"* {name} has not confirmed the message yet. It is kept, and sent again until it is confirmed"
            : $"* the connection ended before {name} confirmed the message. It is kept, and sent again automatically";
        context.Print(note ?? unconfirmed);
        return CommandResult.Done;
    }
}

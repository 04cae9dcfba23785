using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary><c>export</c> and <c>delete</c>.</summary>
internal sealed class MessageCommands(CommandContext context)
{
    public Task<CommandResult> ExportAsync(ConsoleCommand.Export command, CancellationToken cancellationToken) =>
        ExportAsync(command.File, stream => context.Peer.ExportAsync(command.Name.Value, stream, cancellationToken));

    public async Task<CommandResult> ExportAsync(ConsoleCommand.ExportRoom command, CancellationToken cancellationToken)
    {
        var rooms = context.Peer.Rooms;
        var room = await RoomLookup.FindAsync(rooms, command.Room, cancellationToken);
        return await ExportAsync(command.File, stream => rooms.ExportAsync(room.Id, stream, cancellationToken));
    }

    private async Task<CommandResult> ExportAsync(string file, Func<Stream, Task> write)
    {
        try
        {
            await using var stream = new ExportFile(file);
            try
            {
                await write(stream);
            }
            catch (Exception exception)
            {
                File.Delete(file);
                if (!stream.HasFailed && exception is (IOException or HttpRequestException))
                {
                    return context.Fail(
                        "Not all messages could be read from the peer, and nothing was exported. Try again."
                    );
                }

                throw;
            }

            return CommandResult.Done;
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or HttpRequestException)
        {
            return context.Fail(
                SaveState.IsDiskFull(exception)
                    ? "The disk is full, and nothing was exported. Free some space, or choose a file on another disk."
                : File.Exists(file) ? $"{SafeText.Show(file)} already exists. Choose a new file."
                : $"{SafeText.Show(file)} cannot be written. Choose a file in a directory that you can write to."
            );
        }
    }

    public async Task<CommandResult> DeleteAsync(ConsoleCommand.Delete command, CancellationToken cancellationToken)
    {
        var name = command.Name.Value;
        if (command.Id is { } id)
        {
            await context.Peer.DeleteMessageAsync(name, id, command.Yours, cancellationToken);
            context.Print($"The message is deleted on this side. {name} keeps a copy.");
            return CommandResult.Done;
        }

        if (!command.Force)
        {
            if (context.Confirm is not { } confirm)
            {
                return context.Fail(
                    $"Nothing was deleted. To delete all messages with {name}, use 'delete --force {name} all'."
                );
            }

            if (
                !await confirm(
                    $"Delete all messages with {name} on this side? They cannot be restored.",
                    cancellationToken
                )
            )
            {
                context.Print("Nothing was deleted.");
                return CommandResult.Failed;
            }
        }

        var count = (await context.Peer.DeleteMessagesAsync(name, cancellationToken)).Deleted;
        context.Print(
            count switch
            {
                0 => $"There are no messages with {name}.",
                1 => $"1 message with {name} is deleted on this side. {name} keeps a copy.",
                _ => $"{count} messages with {name} are deleted on this side. {name} keeps a copy.",
            }
        );
        return CommandResult.Done;
    }
}

using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary><c>send-file</c>, <c>accept-file</c>, <c>pause</c>, <c>cancel</c> and <c>save</c>.</summary>
internal sealed class FileCommands(CommandContext context)
{
    private const string Home = "~/";

    public Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken) =>
        command switch
        {
            ConsoleCommand.OfferFile offer => OfferAsync(offer, cancellationToken),
            ConsoleCommand.ChangeFile change => ChangeAsync(change, cancellationToken),
            ConsoleCommand.SaveFile save => SaveAsync(save, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "The command is about no file."),
        };

    private async Task<CommandResult> OfferAsync(ConsoleCommand.OfferFile command, CancellationToken cancellationToken)
    {
        var file = await context.Peer.OfferFileAsync(
            command.Name.Value,
            FullPath(command.File),
            cancellationToken: cancellationToken
        );
        context.Print($"* {FileText.Named(file)} is offered to {file.Username}");
        return CommandResult.Done;
    }

    private async Task<CommandResult> ChangeAsync(
        ConsoleCommand.ChangeFile command,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(command.Choice, cancellationToken) is not { } file)
        {
            return CommandResult.Failed;
        }

        var (peer, name) = (context.Peer, file.Username);
        var changed = await (
            command.Action switch
            {
                FileAction.Accept => peer.AcceptFileAsync(name, file.Id, file.Yours, cancellationToken),
                FileAction.Pause => peer.PauseFileAsync(name, file.Id, file.Yours, cancellationToken),
                _ => peer.CancelFileAsync(name, file.Id, file.Yours, cancellationToken),
            }
        );
        context.Print($"* {FileText.Line(changed)}");
        return CommandResult.Done;
    }

    private async Task<CommandResult> SaveAsync(ConsoleCommand.SaveFile command, CancellationToken cancellationToken)
    {
        if (await FindAsync(command.Choice, cancellationToken) is not { } file)
        {
            return CommandResult.Failed;
        }

        if (file.Yours)
        {
            var where = file.Path is { } original ? $": {Node.Model.SafeText.Show(original)}" : "";
            return context.Fail($"You sent this file, so it is where you sent it from{where}.");
        }

        var path = FullPath(command.Path ?? ".");
        var saved = await context.Peer.SaveFileAsync(file.Username, file.Id, path, cancellationToken);
        context.Print($"* {FileText.Named(file)} is saved as {Node.Model.SafeText.Show(saved.Path)}");
        return CommandResult.Done;
    }

    /// <returns>Null if there is none, which the user has been told.</returns>
    private async Task<FileItem?> FindAsync(MessageChoice choice, CancellationToken cancellationToken)
    {
        // An offer that arrives after the list must not get the number of another file.
        var files =
            choice.Id is null && context.ListedFiles is { } listed
                ? listed
                : (await context.Peer.ListFilesAsync(cancellationToken)).Files;
        var found = choice.Id is { } id
            ? files.Where(file => file.Id == id && (choice.Yours ?? file.Yours) == file.Yours).ToList()
            : [.. files.Skip(choice.Number - 1).Take(1)];
        switch (found)
        {
            case [var file]:
                return file;
            case []:
                _ = context.Fail("There is no such file. 'files' shows the numbers and ids.");
                return null;
            default:
                // The other side chooses the ids of its files, also one of ours.
                _ = context.Fail("Several files have this id. Run 'files', then give the number.");
                return null;
        }
    }

    // Relative to where the command was typed, which may be another process than the peer.
    private static string FullPath(string path) =>
        Path.GetFullPath(
            path.StartsWith(Home, StringComparison.Ordinal)
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[Home.Length..])
                : path
        );
}

using P2PChat.Client;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Peer.Cli;

/// <summary>Runs one console command on a peer in another process.</summary>
internal sealed class ControlSession(RemotePeer peer, TextWriter output, TextWriter errors)
{
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wrap = WordWrap.ToStandardOutput(WriteLine);
        // The answers come from another process, so nothing in them may control the terminal.
        void Print(string line) => wrap(SafeText.Show(line));

        var events = new EventPump(apiEvent =>
        {
            if (IsOutcome(command, apiEvent) && EventText.Show(apiEvent) is { } line)
            {
                Print(line);
            }
        });
        var pumping = NeedsEvents(command)
            ? events.RunAsync(await peer.ListenAsync(cancellationToken: ending.Token))
            : Task.CompletedTask;
        try
        {
            var runner = new CommandRunner(
                new CommandContext
                {
                    Peer = peer,
                    Events = events,
                    TimeProvider = TimeProvider.System,
                    Print = Print,
                    PrintError = errors.WriteLine,
                    Waits = true,
                    Secrets = new SecretSource(
                        (question, _) => Task.FromResult(Passphrase.Ask(question)),
                        IsTyped: !System.Console.IsInputRedirected
                    ),
                }
            );
            return await runner.RunAsync(command, cancellationToken) switch
            {
                CommandResult.Done => ExitCodes.Success,
                CommandResult.Misused => ExitCodes.Usage,
                _ => ExitCodes.Failure,
            };
        }
        finally
        {
            await ending.CancelAsync();
            await pumping.ContinueWith(
                _ => { },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default
            );
        }
    }

    private void WriteLine(string line)
    {
        try
        {
            output.WriteLine(line);
            output.Flush();
        }
        catch (IOException exception)
        {
            throw new OutputException(
                $"The output cannot be written ({SaveState.FailureReason(exception)}). "
                    + "Free some space, or redirect it to "
                    + "another disk."
            );
        }
    }

    private static bool NeedsEvents(ConsoleCommand command) =>
        command
            is ConsoleCommand.Connect
                or ConsoleCommand.ConnectByInvite
                or ConsoleCommand.Accept
                or ConsoleCommand.Disconnect
                or ConsoleCommand.Send
                or ConsoleCommand.Reply
                or ConsoleCommand.Forward
                or ConsoleCommand.RoomMessage { Verb: RoomMessageVerb.Forward };

    // The stream has all of the peer's events. Only those that this command caused are part of its answer.
    private static bool IsOutcome(ConsoleCommand command, ApiEvent apiEvent)
    {
        var name = command switch
        {
            ConsoleCommand.Connect { Name.Value: var value } => value,
            ConsoleCommand.ConnectByInvite { Link.Inviter.Value: var value } => value,
            ConsoleCommand.Accept { Name.Value: var value } => value,
            ConsoleCommand.Disconnect { Name.Value: var value } => value,
            _ => null,
        };
        return apiEvent switch
        {
            ApiEvent.Connected connected => connected.Username == name,
            ApiEvent.Disconnected disconnected => disconnected.Username == name,
            ApiEvent.InviteRefused refused => refused.Username == name,
            ApiEvent.InviterKeyChanged changed => changed.Username == name,
            _ => false,
        };
    }
}

/// <summary>Standard output cannot be written. The message is a sentence for the user.</summary>
internal sealed class OutputException(string message) : Exception(message);

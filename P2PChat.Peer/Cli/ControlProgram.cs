using System.Text.Json;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary><c>ctl</c>: one console command for a peer that runs on this machine, for instance without a console.</summary>
public static class ControlProgram
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        CommandLine.Control arguments,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var username = default(Username);
        if (arguments.Username is { } text && !Username.TryParse(text, out username))
        {
            return Fail(ExitCodes.Usage, $"'{text}' is not a username. {Username.Rule}");
        }

        switch (CommandParser.Parse(arguments.Command))
        {
            case null:
                return Fail(ExitCodes.Usage, "'ctl' needs a console command, for instance 'list'.");
            case ConsoleCommand.Leave:
                return Fail(
                    ExitCodes.Usage,
                    "'exit' ends a console: to end a peer that has none, end its process, which 'status' names."
                );
            case ConsoleCommand.Invalid { Sentence: var sentence }:
                return Fail(ExitCodes.Usage, SafeText.Show(sentence));
            case { } command:
                return await RunAsync(command);
        }

        async Task<int> RunAsync(ConsoleCommand command)
        {
            try
            {
                var directory = DataDirectory.PathFor(arguments.Data, username);
                var who = arguments.Username is null ? $"The peer on {directory}" : username.Value;
                using var control = Open(directory);
                return control is null
                    ? Fail(
                        ExitCodes.Failure,
                        $"{who} is not running: start it first; if it runs with another data directory, name that with --data."
                    )
                    : await CarryOutAsync(control, command, output, errors, cancellationToken);
            }
            catch (Exception e) when (WhyNot(e) is { } sentence)
            {
                return Fail(ExitCodes.Failure, sentence);
            }
        }

        int Fail(int code, string sentence)
        {
            errors.WriteLine(sentence);
            return code;
        }
    }

    /// <returns>What a person is told where a peer does not do as it is asked; null for what nobody foresaw.</returns>
    internal static string? WhyNot(Exception exception) =>
        exception switch
        {
            PeerStartException or ApiRefusalException => exception.Message,
            UnauthorizedAccessException =>
                "The peer's data directory may not be read: run this as the user who runs the peer.",
            HttpRequestException or IOException or JsonException or FormatException =>
                "The peer does not answer as it should: it may just be ending, or be of another version.",
            _ => null,
        };

    /// <returns>Null if no peer runs there.</returns>
    internal static ApiControl? Open(string directory)
    {
        // A peer that was killed leaves its address behind, and by now that port may be another's: the lock tells.
        if (!DataDirectory.IsInUse(directory))
        {
            return null;
        }

        var token = ReadFile(ApiToken.FileName) is { } written ? ApiToken.Read(written) : null;
        return token is not null && Uri.TryCreate(ReadFile(ApiFiles.AddressFileName), UriKind.Absolute, out var address)
            ? new ApiControl(address, token)
            : null;

        string? ReadFile(string name) =>
            File.Exists(Path.Combine(directory, name)) ? File.ReadAllText(Path.Combine(directory, name)) : null;
    }

    private static async Task<int> CarryOutAsync(
        ApiControl control,
        ConsoleCommand command,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var print = Terminal.WordWrap.ToStandardOutput(Write);
        var events = new EventPump(@event =>
        {
            if (Concerns(command, @event) && EventText.Show(@event) is { } line)
            {
                print(line);
            }
        });
        var pumping = NeedsEvents(command)
            ? events.RunAsync(await control.ListenAsync(ending.Token))
            : Task.CompletedTask;
        try
        {
            var runner = new CommandRunner(
                control,
                events,
                CommandTimeouts.Default,
                TimeProvider.System,
                print,
                errors.WriteLine,
                waits: true,
                new SecretSource(
                    (question, _) => Task.FromResult(Passphrase.Ask(question)),
                    IsTyped: !System.Console.IsInputRedirected
                )
            );
            return await runner.RunAsync(command, cancellationToken) == CommandResult.Done
                ? ExitCodes.Success
                : ExitCodes.Failure;
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

        void Write(string line)
        {
            try
            {
                output.WriteLine(line);
                output.Flush();
            }
            catch (IOException e)
            {
                throw new ApiRefusalException(
                    $"The answer cannot be written ({SaveState.WhyNot(e)}). Free some space, or redirect it to another disk."
                );
            }
        }
    }

    private static bool NeedsEvents(ConsoleCommand command) =>
        command is ConsoleCommand.Connect or ConsoleCommand.Accept or ConsoleCommand.Disconnect or ConsoleCommand.Send;

    // Of all that happens at that peer, only what this command brought about is its answer.
    private static bool Concerns(ConsoleCommand command, PeerEvent @event)
    {
        Username? asked = command switch
        {
            ConsoleCommand.Connect { Name: var name } => name,
            ConsoleCommand.Accept { Name: var name } => name,
            ConsoleCommand.Disconnect { Name: var name } => name,
            _ => null,
        };
        return @event switch
        {
            PeerEvent.Connected connected => connected.With == asked,
            PeerEvent.Disconnected disconnected => disconnected.With == asked,
            _ => false,
        };
    }
}

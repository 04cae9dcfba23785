using System.Text.Json;
using P2PChat.Client;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>
/// <c>ctl</c>: runs one console command on a peer that runs on this machine, with or without a console.
/// </summary>
public static class ControlProgram
{
    // A peer that is busy answers this within a second.
    private static readonly TimeSpan AliveTime = TimeSpan.FromSeconds(10);

    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(
        CommandLine.Control arguments,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken
    ) => RunAsync(arguments, output, errors, AliveTime, cancellationToken);

    /// <param name="aliveTime">How long the peer may take to show that it runs, before the command is sent.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(
        CommandLine.Control arguments,
        TextWriter output,
        TextWriter errors,
        TimeSpan aliveTime,
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
                return Fail(ExitCodes.Usage, "'ctl' needs a console command, for example 'list'.");
            case ConsoleCommand.Quit:
                return Fail(
                    ExitCodes.Usage,
                    "'exit' only closes a console. To stop the peer, end its process: 'status' shows the process id."
                );
            case ConsoleCommand.Chat or ConsoleCommand.ChatNumber:
                return Fail(ExitCodes.Usage, ConversationArguments.NeedsPrompt);
            case ConsoleCommand.Invalid { Message: var sentence }:
                return Fail(ExitCodes.Usage, SafeText.Show(sentence));
            case { } command:
                return await RunAsync(command);
        }

        async Task<int> RunAsync(ConsoleCommand command)
        {
            try
            {
                var directory = DataDirectory.PathFor(arguments.Data, username);
                using var peer = Open(directory);
                if (peer is null)
                {
                    var who = arguments.Username is null ? $"The peer on {directory}" : username.Value;
                    return Fail(
                        ExitCodes.Failure,
                        $"{who} is not running. Start it, or name its data directory with --data."
                    );
                }

                await ThrowIfSuspendedAsync(peer, aliveTime, cancellationToken);
                return await new ControlSession(peer, output, errors).RunAsync(command, cancellationToken);
            }
            catch (Exception exception) when (Explain(exception) is { } sentence)
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

    /// <returns>A sentence that says why the peer could not be called; null for an unexpected exception.</returns>
    internal static string? Explain(Exception exception) =>
        exception switch
        {
            PeerStartException or PeerApiException or OutputException => exception.Message,
            // Its calls have a time limit.
            HttpRequestException { InnerException: TimeoutException } => exception.Message,
            UnauthorizedAccessException =>
                "The peer's data directory cannot be read. Run this as the user who runs the peer.",
            HttpRequestException or IOException or JsonException or FormatException =>
                "The peer gave no valid answer. It may be shutting down, or run a different version.",
            _ => null,
        };

    // Some commands may take minutes, which a suspended peer would use up.
    private static async Task ThrowIfSuspendedAsync(
        RemotePeer peer,
        TimeSpan aliveTime,
        CancellationToken cancellationToken
    )
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(aliveTime);
        try
        {
            _ = await peer.GetStatusAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PeerStartException(
                "The peer does not answer. If it is suspended, continue it (with 'fg' in its terminal). Otherwise "
                    + "restart it."
            );
        }
    }

    /// <returns>Null if no peer runs there.</returns>
    internal static RemotePeer? Open(string directory) =>
        // A killed peer leaves its address behind, and another program may have that port by now. The lock is reliable.
        DataDirectory.IsInUse(directory)
            ? RemotePeer.Open(directory)
            : null;
}

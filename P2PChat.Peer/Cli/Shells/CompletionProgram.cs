using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Shells;

/// <summary>Answers the completion script of a shell: one candidate per line. Errors give no candidates.</summary>
public static class CompletionProgram
{
    /// <summary>How long the shell may wait for an answer after Tab.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>Completes with the peers that run on this machine.</summary>
    public static ShellCompletion Completion { get; } = new(ListRunningPeers, ListKnownNamesAsync);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(CommandLine.Complete arguments, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        foreach (var candidate in await Completion.GetCandidatesAsync(arguments.Words))
        {
            await output.WriteLineAsync(candidate);
        }

        return ExitCodes.Success;
    }

    private static IEnumerable<string> ListRunningPeers()
    {
        try
        {
            return [.. DataDirectory.AllInUse()];
        }
        catch (Exception exception) when (exception is PeerStartException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<string>> ListKnownNamesAsync(CommandLine.Control peer)
    {
        var username = default(Username);
        if (peer.Username is { } text && !Username.TryParse(text, out username))
        {
            return [];
        }

        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            using var control = ControlProgram.Open(DataDirectory.PathFor(peer.Data, username));
            return control is null ? [] : await KnownNames.WithRoomsAsync(control, timeout.Token);
        }
        catch (Exception exception) when (ControlProgram.Explain(exception) is not null)
        {
            // The command itself will report the error.
            return [];
        }
    }
}

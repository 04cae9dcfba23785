using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Shells;

/// <summary>Answers a shell that completes a command line: candidates, one a line, or none. It never complains.</summary>
public static class CompletionProgram
{
    /// <summary>A person at a tab key waits no longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(CommandLine.Complete arguments, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        foreach (var candidate in await new ShellCompletion(RunningPeers, NamesKnownToAsync).OfAsync(arguments.Words))
        {
            await output.WriteLineAsync(candidate);
        }

        return ExitCodes.Success;
    }

    private static IEnumerable<string> RunningPeers()
    {
        try
        {
            return [.. DataDirectory.AllInUse()];
        }
        catch (Exception e) when (e is PeerStartException or IOException or UnauthorizedAccessException)
        {
            // Whoever has no data directories has no peers either.
            return [];
        }
    }

    private static async Task<IReadOnlyList<string>> NamesKnownToAsync(CommandLine.Control peer)
    {
        var username = default(Username);
        if (peer.Username is { } text && !Username.TryParse(text, out username))
        {
            return [];
        }

        try
        {
            using var timeUp = new CancellationTokenSource(Patience);
            using var control = ControlProgram.Open(DataDirectory.PathFor(peer.Data, username));
            return control is null ? [] : await KnownNames.OfAsync(control, timeUp.Token);
        }
        catch (Exception e) when (ControlProgram.Explain(e) is not null)
        {
            // Nothing to complete to: the command itself will say why.
            return [];
        }
    }
}

using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>A parsed command line. The subtypes are a closed set.</summary>
/// <remarks>
/// Option values are validated later, by <c>PeerSettings</c>, because the environment can set them too.
/// </remarks>
public abstract record CommandLine
{
    private CommandLine() { }

    /// <summary>Runs a peer with these settings under <see cref="PeerOptions.Section"/>.</summary>
    public sealed record Run(IReadOnlyDictionary<string, string?> Settings) : CommandLine;

    /// <summary>Sends a console command to a running peer.</summary>
    /// <param name="Username">Selects the default data directory of this username; null if Data is given.</param>
    /// <param name="Data">The peer's data directory; null for the default.</param>
    /// <param name="Command">The command, as typed at the console.</param>
    public sealed record Control(string? Username, string? Data, string Command) : CommandLine;

    /// <summary>Restores a backup into a data directory.</summary>
    /// <param name="File">The backup file.</param>
    /// <param name="Username">Selects the default data directory of this username; null if Data is given.</param>
    /// <param name="Data">The data directory; null for the default.</param>
    /// <param name="PassphraseFile">A file that contains the passphrase; null to ask for it.</param>
    public sealed record Restore(string File, string? Username, string? Data, string? PassphraseFile) : CommandLine;

    /// <summary>Prints a completion script for a shell.</summary>
    public sealed record CompletionScript(string Text) : CommandLine;

    /// <summary>Prints the candidates for the last of these words. Completion scripts use it.</summary>
    public sealed record Complete(IReadOnlyList<string> Words) : CommandLine;

    /// <summary>Prints the help.</summary>
    public sealed record Help : CommandLine;

    /// <summary>Prints the version.</summary>
    public sealed record Version : CommandLine;

    /// <summary>A usage error.</summary>
    public sealed record Invalid(string Message) : CommandLine;
}

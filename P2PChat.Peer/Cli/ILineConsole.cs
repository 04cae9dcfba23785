namespace P2PChat.Peer.Cli;

/// <summary>
/// Reads commands and prints lines: <see cref="PipeConsole"/> or <see cref="Terminal.PromptConsole"/>.
/// </summary>
public interface ILineConsole
{
    /// <summary>Whether each command finishes before the next one is read.</summary>
    bool Waits { get; }

    /// <summary>Prints one line. Thread-safe.</summary>
    void Print(string line);

    /// <summary>Reads a line without showing it, while a command runs.</summary>
    /// <returns>The line; null at the end of input.</returns>
    Task<string?> ReadSecretAsync(string question, CancellationToken cancellationToken);

    /// <summary>
    /// Reads commands until <paramref name="run"/> returns <see cref="CommandResult.Exit"/>, or input ends.
    /// </summary>
    Task RunAsync(
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    );
}

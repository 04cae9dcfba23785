namespace P2PChat.Peer.Cli;

/// <summary>Where commands come from, and lines go to: <see cref="PipeConsole"/> or <see cref="Terminal.PromptConsole"/>.</summary>
public interface ILineConsole
{
    /// <summary>Whether a command is to be finished before the next is read.</summary>
    bool Waits { get; }

    /// <summary>Prints one line. Thread-safe.</summary>
    void Print(string line);

    /// <summary>Reads a line that is shown nowhere, while a command runs.</summary>
    /// <returns>Null for none.</returns>
    Task<string?> ReadSecretAsync(string question, CancellationToken cancellationToken);

    /// <summary>Reads commands until <paramref name="run"/> answers <see cref="CommandResult.Exit"/>, or there are no more.</summary>
    Task RunAsync(Func<ConsoleCommand, Task<CommandResult>> run, CancellationToken cancellationToken);
}

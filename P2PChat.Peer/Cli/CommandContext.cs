using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>The peer, the output and the prompts that console commands use.</summary>
public sealed record CommandContext
{
    public required IPeer Peer { get; init; }

    /// <summary>Events of <see cref="Peer"/>, for commands that wait for their outcome.</summary>
    public required EventPump Events { get; init; }

    public CommandTimeouts Timeouts { get; init; } = CommandTimeouts.Default;

    public required TimeProvider TimeProvider { get; init; }

    /// <summary>Prints one line, without its line break.</summary>
    public required Action<string> Print { get; init; }

    /// <summary>Prints one line about a failure.</summary>
    public required Action<string> PrintError { get; init; }

    /// <summary>
    /// Whether a command returns only when its outcome is known, as scripts need it: a request answered, a message
    /// acknowledged.
    /// </summary>
    public required bool Waits { get; init; }

    /// <summary>Null if nobody can be asked for a passphrase.</summary>
    public SecretSource? Secrets { get; init; }

    /// <summary>Formats listings.</summary>
    public Answers Answers { get; init; } = new();

    /// <summary>Asks the user before an action that cannot be undone; null if nobody can be asked.</summary>
    public Func<string, CancellationToken, Task<bool>>? Confirm { get; init; }

    /// <summary>The files that were listed last, to which numbers refer; null if none were.</summary>
    internal IReadOnlyList<FileItem>? ListedFiles { get; set; }

    public void PrintAll(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Print(line);
        }
    }

    /// <summary>Prints why a command failed.</summary>
    public CommandResult Fail(string sentence)
    {
        PrintError(sentence);
        return CommandResult.Failed;
    }
}

/// <summary>Reads passphrases.</summary>
/// <param name="Ask">Reads a line without showing it; null if there is none.</param>
/// <param name="IsTyped">Whether the user types it unseen, and must repeat it.</param>
public sealed record SecretSource(Func<string, CancellationToken, Task<string?>> Ask, bool IsTyped);

/// <summary>How long a command waits. The peer's own timeouts normally end an attempt earlier.</summary>
/// <param name="Connect">For the other user's answer to a request.</param>
/// <param name="Other">For anything that needs no answer of a user.</param>
/// <param name="Glance">A delay that a user at a prompt hardly notices.</param>
public sealed record CommandTimeouts(TimeSpan Connect, TimeSpan Other, TimeSpan Glance)
{
    public static CommandTimeouts Default { get; } =
        new(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(15), TimeSpan.FromMilliseconds(500));
}

namespace P2PChat.Peer.Cli;

/// <summary>Describes a console command and parses its arguments.</summary>
/// <param name="Arguments">The arguments, as in a usage line; empty for none.</param>
/// <param name="Summary">One line for the list of commands.</param>
/// <param name="Details">More sentences for <c>help</c> with the command's name.</param>
/// <param name="Example">The command as typed.</param>
/// <param name="Parse">Parses the text after the command's name.</param>
/// <param name="SupportsJson">Whether the command takes <c>--json</c>: see <see cref="ConsoleCommand.Json"/>.</param>
public sealed record CommandInfo(
    string Name,
    string Arguments,
    string Summary,
    string Details,
    string Example,
    Func<CommandInfo, string, ConsoleCommand> Parse,
    bool SupportsJson = false
)
{
    /// <summary>The actions of a command that has several, each with what it does, for <c>help</c>.</summary>
    public IReadOnlyList<(string Usage, string Does)> Actions { get; init; } = [];

    public string Usage => Arguments.Length == 0 ? Name : $"{Name} {Arguments}";

    /// <summary>Whether the first argument can be a username, for completion.</summary>
    public bool TakesUsername => TakesRoom || Arguments.AsSpan(Arguments.Length > 0 ? 1 : 0).StartsWith("username");

    /// <summary>Whether the first argument can be a room instead of a username.</summary>
    public bool TakesRoom => Arguments.StartsWith("<name|#room", StringComparison.Ordinal);

    /// <summary>What the first argument is, with its article.</summary>
    internal string Recipient => TakesRoom ? "a username or a room" : "a username";

    internal ConsoleCommand.Invalid UsageError(string problem) => new($"{problem}. Usage: {Usage}");
}

using P2PChat.Node.Model;
using P2PChat.Peer.Cli;

namespace P2PChat.App.Arguments;

/// <summary>The arguments of <c>up</c> or <c>join</c>: its own options, and those that it shares with a peer.</summary>
/// <param name="Positionals">The words that belong to no option.</param>
/// <param name="Options">The options of the command itself; a flag has an empty value.</param>
/// <param name="PeerOptions">The options of the peer, as typed.</param>
/// <param name="IsHelp">Whether the user asks for help.</param>
/// <param name="Error">A sentence about a usage error; null if there is none.</param>
internal sealed record HostArguments(
    IReadOnlyList<string> Positionals,
    IReadOnlyDictionary<string, string> Options,
    IReadOnlyList<string> PeerOptions,
    bool IsHelp = false,
    string? Error = null
)
{
    public const string NoBrowser = "--no-browser";
    public const string StandardInput = "-";

    // Not available here, because the command itself chooses the directory and keeps its data.
    private static readonly string[] Excluded = ["--discovery", "--ephemeral"];

    // The peer's parser takes these for its own commands.
    private static readonly string[] ReservedNames =
    [
        CommandLineParser.ControlCommand,
        CommandLineParser.RestoreCommand,
        CommandLineParser.CompletionCommand,
    ];

    /// <summary>The options of the peer that the command takes too.</summary>
    public static IReadOnlyList<string> SharedOptions { get; } =
    [.. CommandLineParser.OptionNames.Except([.. Excluded, "--version"])];

    public bool Has(string option) => Options.ContainsKey(option);

    /// <param name="command">The subcommand, for error messages.</param>
    /// <param name="own">Its options, and whether each is followed by a value.</param>
    public static HostArguments Parse(
        string command,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, bool> own
    )
    {
        var (positionals, options, peerOptions) = (
            new List<string>(),
            new Dictionary<string, string>(),
            new List<string>()
        );
        for (var i = 0; i < arguments.Count; i++)
        {
            if (CommandLineParser.IsHelp(arguments[i]))
            {
                return new HostArguments([], options, [], IsHelp: true);
            }

            if (!arguments[i].StartsWith('-') || arguments[i] == StandardInput)
            {
                positionals.Add(arguments[i]);
                continue;
            }

            var (name, value) = CommandLineParser.SplitAtEquals(arguments[i]);
            var isOwn = own.TryGetValue(name, out var takesValue);
            if (!isOwn && !SharedOptions.Contains(name))
            {
                return Failed($"'{SafeText.Show(name)}' is not an option of '{command}'.");
            }

            takesValue = isOwn ? takesValue : CommandLineParser.TakesValue(name);
            if (!takesValue && value is not null)
            {
                return Failed($"'{name}' takes no value.");
            }

            if (takesValue && value is null)
            {
                if (++i == arguments.Count)
                {
                    return Failed($"'{name}' needs a value.");
                }

                value = arguments[i];
            }

            if (isOwn)
            {
                options[name] = value ?? "";
            }
            else
            {
                peerOptions.Add(value is null ? name : $"{name}={value}");
            }
        }

        return new HostArguments(positionals, options, peerOptions);

        HostArguments Failed(string error) => new([], options, [], Error: error);
    }

    /// <summary>Reads the settings of the peer.</summary>
    /// <param name="positionals">Its username and port.</param>
    /// <param name="settings">Empty if there is an error.</param>
    /// <returns>A sentence about a usage error; null if there is none.</returns>
    public string? ReadSettings(IEnumerable<string> positionals, out IReadOnlyDictionary<string, string?> settings)
    {
        settings = new Dictionary<string, string?>();
        if (positionals.FirstOrDefault() is { } first && ReservedNames.Contains(first))
        {
            return $"'{first}' is a command, and cannot be a username here. Choose another username.";
        }

        switch (CommandLineParser.Parse([.. positionals, .. PeerOptions]))
        {
            case CommandLine.Run run:
                settings = run.Settings;
                return null;
            case CommandLine.Invalid invalid:
                return invalid.Message;
            case var other:
                throw new InvalidOperationException($"The arguments of a peer cannot be a {other.GetType().Name}.");
        }
    }
}

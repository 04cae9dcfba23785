using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Shells;
using P2PChat.Peer.Hosting;

namespace P2PChat.Peer.Cli;

/// <summary>What the arguments of the program ask for. A closed set.</summary>
/// <remarks>
/// <c>&lt;username&gt; [port] [options]</c>, <c>ctl &lt;username | --data dir&gt; &lt;console command&gt;</c>,
/// <c>restore &lt;file&gt; &lt;username | --data dir&gt; [--passphrase-file file]</c>, <c>completion &lt;shell&gt;</c>. Whether a
/// value makes sense is judged later, by <see cref="PeerSettings"/>, for it may as well come from the environment.
/// </remarks>
public abstract record CommandLine
{
    internal const string ControlWord = "ctl";
    internal const string RestoreWord = "restore";
    internal const string CompletionWord = "completion";

    private const string Separator = "--";

    /// <summary>Each option with the configuration key that it sets; those without a value set <c>true</c>.</summary>
    private static readonly (string Name, string Key, bool TakesValue)[] Options =
    [
        ("--discovery", nameof(PeerOptions.Discovery), true),
        ("--data", nameof(PeerOptions.Data), true),
        ("--api", nameof(PeerOptions.Api), true),
        ("--advertise", nameof(PeerOptions.Advertise), true),
        ("--web-address", nameof(PeerOptions.WebAddress), true),
        ("--accept", nameof(PeerOptions.Accept), true),
        ("--no-console", nameof(PeerOptions.NoConsole), false),
        ("--no-color", nameof(PeerOptions.NoColor), false),
        ("--ephemeral", nameof(PeerOptions.Ephemeral), false),
    ];

    /// <summary>All that a peer takes, in the order of the help.</summary>
    internal static IReadOnlyList<string> OptionNames { get; } =
    [.. Options.Select(option => option.Name), "--help", "--version"];

    private CommandLine() { }

    /// <summary>Be a peer, with these settings under <see cref="PeerOptions.Section"/>.</summary>
    public sealed record Run(IReadOnlyDictionary<string, string?> Settings) : CommandLine;

    /// <summary>Tell a running peer to do something.</summary>
    /// <param name="Username">Whose data directory says where that peer is; null if <paramref name="Data"/> does.</param>
    /// <param name="Command">As it would be typed at the console.</param>
    public sealed record Control(string? Username, string? Data, string Command) : CommandLine;

    /// <summary>Make a data directory of a backup.</summary>
    /// <param name="Username">Whose data directory it is to be; null if <paramref name="Data"/> says.</param>
    /// <param name="PassphraseFile">Null to ask for the passphrase.</param>
    public sealed record Restore(string File, string? Username, string? Data, string? PassphraseFile) : CommandLine;

    /// <summary>Print the script that has a shell complete command lines.</summary>
    public sealed record CompletionScript(string Text) : CommandLine;

    /// <summary>Say what the last of these words may become: what such a script asks.</summary>
    public sealed record Complete(IReadOnlyList<string> Words) : CommandLine;

    public sealed record Help : CommandLine;

    public sealed record Version : CommandLine;

    /// <summary>The arguments break the grammar.</summary>
    /// <param name="Sentence">Says what is wrong.</param>
    public sealed record Invalid(string Sentence) : CommandLine;

    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        if (arguments is [ControlWord, ..])
        {
            return ParseControl([.. arguments.Skip(1)]);
        }

        if (arguments is [RestoreWord, ..])
        {
            return ParseRestore([.. arguments.Skip(1)]);
        }

        if (arguments is [CompletionWord, ..])
        {
            return ParseCompletion([.. arguments.Skip(1)]);
        }

        var settings = new Dictionary<string, string?>();
        var positions = new Queue<string>([nameof(PeerOptions.Username), nameof(PeerOptions.Port)]);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            switch (argument)
            {
                case "--help" or "-h" or "-?":
                    return new Help();
                case "--version":
                    return new Version();
            }

            if (!argument.StartsWith('-'))
            {
                if (!positions.TryDequeue(out var position))
                {
                    return new Invalid(
                        $"There is nothing to do with '{argument}': a username and a port are all that goes without an option."
                    );
                }

                Set(position, argument);
                continue;
            }

            var (name, value) = SplitAtEquals(argument);
            var option = Options.FirstOrDefault(option => option.Name == name);
            if (option.Name is null)
            {
                return new Invalid($"'{name}' is not an option.");
            }

            if (!option.TakesValue && value is not null)
            {
                return new Invalid($"'{name}' takes no value.");
            }

            if (option.TakesValue && value is null)
            {
                if (++i == arguments.Count)
                {
                    return new Invalid($"'{name}' needs a value.");
                }

                value = arguments[i];
            }

            Set(option.Key, value ?? bool.TrueString);
        }

        return new Run(settings);

        void Set(string key, string value) => settings[$"{PeerOptions.Section}:{key}"] = value;
    }

    private static CommandLine ParseControl(IReadOnlyList<string> arguments)
    {
        if (arguments is ["--help" or "-h" or "-?", ..])
        {
            return new Help();
        }

        var (name, value) = SplitAtEquals(arguments.Count > 0 ? arguments[0] : "");
        var words = 1;
        if (name == "--data" && value is null)
        {
            value = arguments.ElementAtOrDefault(1);
            words = 2;
        }

        if (name != "--data" && name.StartsWith('-'))
        {
            return new Invalid($"'{name}' is not an option of 'ctl'.");
        }

        if (name.Length == 0 || (name == "--data" && string.IsNullOrEmpty(value)))
        {
            return new Invalid(
                "'ctl' needs the username, or --data and the data directory, of a peer that runs on this machine."
            );
        }

        if (arguments.Count <= words)
        {
            return new Invalid("'ctl' needs a console command, for instance 'list'.");
        }

        var command = string.Join(' ', arguments.Skip(words));
        return name == "--data" ? new Control(null, value, command) : new Control(name, null, command);
    }

    private static CommandLine ParseRestore(IReadOnlyList<string> arguments)
    {
        var options = new Dictionary<string, string>();
        var positions = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = SplitAtEquals(arguments[i]);
            switch (name)
            {
                case "--help" or "-h" or "-?":
                    return new Help();
                case "--data" or "--passphrase-file":
                    if ((value ?? arguments.ElementAtOrDefault(++i)) is not { Length: > 0 } given)
                    {
                        return new Invalid($"'{name}' needs a value.");
                    }

                    options[name] = given;
                    break;
                default:
                    if (name.StartsWith('-'))
                    {
                        return new Invalid($"'{name}' is not an option of 'restore'.");
                    }

                    positions.Add(arguments[i]);
                    break;
            }
        }

        var data = options.GetValueOrDefault("--data");
        if (positions.Count == 0 || positions.Count + (data is null ? 0 : 1) != 2)
        {
            return new Invalid("'restore' needs a backup's file, and then a username, or --data and a data directory.");
        }

        return new Restore(
            positions[0],
            positions.ElementAtOrDefault(1),
            data,
            options.GetValueOrDefault("--passphrase-file")
        );
    }

    internal static bool TakesValue(string option) => Options.Any(known => known.Name == option && known.TakesValue);

    private static CommandLine ParseCompletion(IReadOnlyList<string> arguments) =>
        arguments switch
        {
            ["--help" or "-h" or "-?", ..] => new Help(),
            [Separator, ..] => new Complete([.. arguments.Skip(1)]),
            [var shell] when ShellScripts.For(shell) is { } script => new CompletionScript(script),
            _ => new Invalid(
                $"'{CompletionWord}' needs the name of a shell: {string.Join(", ", ShellScripts.Shells)}."
            ),
        };

    private static (string Name, string? Value) SplitAtEquals(string argument) =>
        argument.IndexOf('=') is var equals and > 0 && argument.StartsWith("--", StringComparison.Ordinal)
            ? (argument[..equals], argument[(equals + 1)..])
            : (argument, null);
}

using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Shells;

namespace P2PChat.Peer.Cli;

/// <summary>Parses the arguments of the process.</summary>
public static class CommandLineParser
{
    public const string ControlCommand = "ctl";
    public const string RestoreCommand = "restore";
    public const string CompletionCommand = "completion";
    public const string DataOption = "--data";
    internal const string PassphraseOption = "--passphrase-file";

    private const string Separator = "--";

    /// <summary>The peer's options, and the configuration keys that they set. A flag sets <c>true</c>.</summary>
    private static readonly (string Name, string Key, bool TakesValue)[] Options =
    [
        ("--discovery", nameof(PeerOptions.Discovery), true),
        (DataOption, nameof(PeerOptions.Data), true),
        ("--api", nameof(PeerOptions.Api), true),
        ("--advertise", nameof(PeerOptions.Advertise), true),
        ("--web-address", nameof(PeerOptions.WebAddress), true),
        ("--accept", nameof(PeerOptions.Accept), true),
        ("--no-console", nameof(PeerOptions.NoConsole), false),
        ("--no-color", nameof(PeerOptions.NoColor), false),
        ("--ephemeral", nameof(PeerOptions.Ephemeral), false),
    ];

    /// <summary>The names of the peer's options, in the order of the help.</summary>
    public static IReadOnlyList<string> OptionNames { get; } =
    [.. Options.Select(option => option.Name), "--help", "--version"];

    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        string[] words = [.. arguments];
        return words switch
        {
            [ControlCommand, .. var rest] => ParseControl(rest),
            [RestoreCommand, .. var rest] => ParseRestore(rest),
            [CompletionCommand, .. var rest] => ParseCompletion(rest),
            _ => ParseRun(words),
        };
    }

    /// <summary>Whether a peer's option is followed by its value.</summary>
    public static bool TakesValue(string option) => Options.Any(known => known.Name == option && known.TakesValue);

    private static CommandLine ParseRun(string[] arguments)
    {
        var settings = new Dictionary<string, string?>();
        var positionalKeys = new Queue<string>([nameof(PeerOptions.Username), nameof(PeerOptions.Port)]);
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (IsHelp(argument))
            {
                return new CommandLine.Help();
            }

            if (argument == "--version")
            {
                return new CommandLine.Version();
            }

            if (!argument.StartsWith('-'))
            {
                if (!positionalKeys.TryDequeue(out var key))
                {
                    return new CommandLine.Invalid($"Unexpected argument '{argument}'.");
                }

                Set(key, argument);
                continue;
            }

            var (name, value) = SplitAtEquals(argument);
            var option = Options.FirstOrDefault(option => option.Name == name);
            if (option.Name is null)
            {
                return new CommandLine.Invalid($"'{name}' is not an option.");
            }

            if (!option.TakesValue && value is not null)
            {
                return new CommandLine.Invalid($"'{name}' takes no value.");
            }

            if (option.TakesValue && value is null)
            {
                if (++i == arguments.Length)
                {
                    return new CommandLine.Invalid($"'{name}' needs a value.");
                }

                value = arguments[i];
            }

            Set(option.Key, value ?? bool.TrueString);
        }

        return new CommandLine.Run(settings);

        void Set(string key, string value) => settings[$"{PeerOptions.Section}:{key}"] = value;
    }

    // Everything after the peer is one console command: a message may contain any option.
    private static CommandLine ParseControl(string[] arguments)
    {
        if (arguments is [var first, ..] && IsHelp(first))
        {
            return new CommandLine.Help();
        }

        var (name, value) = SplitAtEquals(arguments.Length > 0 ? arguments[0] : "");
        var words = 1;
        if (name == DataOption && value is null)
        {
            value = arguments.ElementAtOrDefault(1);
            words = 2;
        }

        if (name != DataOption && name.StartsWith('-'))
        {
            return new CommandLine.Invalid($"'{name}' is not an option of 'ctl'.");
        }

        if (name.Length == 0 || (name == DataOption && string.IsNullOrEmpty(value)))
        {
            return new CommandLine.Invalid("'ctl' needs the username or --data of a peer that runs on this machine.");
        }

        if (arguments.Length <= words)
        {
            return new CommandLine.Invalid("'ctl' needs a console command, such as 'list'.");
        }

        var command = string.Join(' ', arguments.Skip(words));
        return name == DataOption
            ? new CommandLine.Control(null, value, command)
            : new CommandLine.Control(name, null, command);
    }

    private static CommandLine ParseRestore(string[] arguments)
    {
        var options = new Dictionary<string, string>();
        var positional = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            var (name, value) = SplitAtEquals(arguments[i]);
            if (IsHelp(name))
            {
                return new CommandLine.Help();
            }

            if (name is DataOption or PassphraseOption)
            {
                if ((value ?? arguments.ElementAtOrDefault(++i)) is not { Length: > 0 } given)
                {
                    return new CommandLine.Invalid($"'{name}' needs a value.");
                }

                options[name] = given;
            }
            else if (name.StartsWith('-'))
            {
                return new CommandLine.Invalid($"'{name}' is not an option of 'restore'.");
            }
            else
            {
                positional.Add(arguments[i]);
            }
        }

        var data = options.GetValueOrDefault(DataOption);
        if (positional.Count == 0 || positional.Count + (data is null ? 0 : 1) != 2)
        {
            return new CommandLine.Invalid("'restore' needs a backup file, and a username or --data.");
        }

        return new CommandLine.Restore(
            positional[0],
            positional.ElementAtOrDefault(1),
            data,
            options.GetValueOrDefault(PassphraseOption)
        );
    }

    private static CommandLine ParseCompletion(string[] arguments) =>
        arguments switch
        {
            [var first, ..] when IsHelp(first) => new CommandLine.Help(),
            [Separator, .. var words] => new CommandLine.Complete(words),
            [var shell] when ShellScripts.For(shell) is { } script => new CommandLine.CompletionScript(script),
            _ => new CommandLine.Invalid(
                $"'{CompletionCommand}' needs the name of a shell: {string.Join(", ", ShellScripts.Shells)}."
            ),
        };

    public static bool IsHelp(string argument) => argument is "--help" or "-h" or "-?";

    /// <summary>Splits <c>--name=value</c>. The value is null in any other argument.</summary>
    public static (string Name, string? Value) SplitAtEquals(string argument) =>
        argument.IndexOf('=') is var equals and > 0 && argument.StartsWith("--", StringComparison.Ordinal)
            ? (argument[..equals], argument[(equals + 1)..])
            : (argument, null);
}

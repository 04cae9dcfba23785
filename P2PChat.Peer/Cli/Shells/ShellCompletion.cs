using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Peer.Cli.Shells;

/// <summary>
/// What a word of the command line may become. The shells' scripts (<see cref="ShellScripts"/>) ask the program itself,
/// so that there is one answer for all of them.
/// </summary>
/// <param name="runningPeers">Usernames of the peers that run on this machine, in data directories of their own.</param>
/// <param name="namesKnownTo">Usernames that a running peer knows; empty where it does not answer at once.</param>
public sealed class ShellCompletion(
    Func<IEnumerable<string>> runningPeers,
    Func<CommandLine.Control, Task<IReadOnlyList<string>>> namesKnownTo
)
{
    /// <summary>In place of candidates: the shell is to complete to files.</summary>
    public const string Files = ":files";

    /// <summary>In place of candidates: the shell is to complete to directories.</summary>
    public const string Directories = ":directories";

    private const string DataOption = "--data";
    private const string PassphraseOption = "--passphrase-file";

    private static readonly string[] CtlCommands =
    [
        .. CommandInfo.All.Select(command => command.Name).Where(name => name != "exit"),
    ];

    /// <param name="words">Those behind the program's name, up to the one that is being typed, which may be empty.</param>
    public async Task<IReadOnlyList<string>> OfAsync(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var typed = words.Count > 0 ? words[^1] : "";
        var candidates = await AllAsync([.. words.SkipLast(1)], typed);
        return
        [
            .. candidates
                .Where(candidate => candidate[0] == ':' || candidate.StartsWith(typed, StringComparison.Ordinal))
                .Distinct(),
        ];
    }

    private async Task<IEnumerable<string>> AllAsync(string[] before, string typed) =>
        before switch
        {
            [] =>
            [
                CommandLine.ControlWord,
                CommandLine.RestoreWord,
                CommandLine.CompletionWord,
                .. CommandLine.OptionNames,
            ],
            [CommandLine.CompletionWord] => ShellScripts.Shells,
            [CommandLine.RestoreWord, .. var rest] => Restore(rest, typed),
            [CommandLine.ControlWord, .. var rest] => await ControlAsync(rest, typed),
            [.., "--accept"] => Enum.GetNames<AcceptMode>().Select(mode => mode.ToLowerInvariant()),
            [.., DataOption] => [Directories],
            [.., var option] when CommandLine.TakesValue(option) => [],
            _ => typed.StartsWith('-') ? CommandLine.OptionNames : [],
        };

    private static string[] Restore(string[] before, string typed) =>
        before switch
        {
            [.., DataOption] => [Directories],
            [.., PassphraseOption] => [Files],
            _ when typed.StartsWith('-') => [DataOption, PassphraseOption],
            [] => [Files],
            _ => [],
        };

    private async Task<IEnumerable<string>> ControlAsync(string[] before, string typed) =>
        before switch
        {
            [] => runningPeers().Append(DataOption),
            [DataOption] => [Directories],
            [DataOption, var data, .. var rest] => await CommandAsync(
                new CommandLine.Control(null, data, ""),
                rest,
                typed
            ),
            [var username, .. var rest] => await CommandAsync(new CommandLine.Control(username, null, ""), rest, typed),
        };

    private async Task<IEnumerable<string>> CommandAsync(CommandLine.Control peer, string[] before, string typed)
    {
        if (before is not [var word, .. var arguments])
        {
            return CtlCommands;
        }

        if (CommandInfo.Find(word) is not { } command)
        {
            return [];
        }

        if (command.Lists && typed.StartsWith('-'))
        {
            return [CommandParser.JsonOption];
        }

        return (command.Name, arguments) switch
        {
            ("help", []) => CtlCommands,
            ("backup", [.., PassphraseOption]) => [Files],
            ("backup", _) => typed.StartsWith('-') ? ["--force", PassphraseOption] : [Files],
            ("export", [_]) => [Files],
            ("delete", []) when typed.StartsWith('-') => [HistoryCommands.ForceOption],
            ("delete", [HistoryCommands.ForceOption]) => await namesKnownTo(peer),
            ("delete", [_] or [HistoryCommands.ForceOption, _]) => ["all"],
            ("set", []) => Preferences.Names,
            ("set", [var name]) => Preferences.ValuesOf(name)?.Append(CommandInfo.DefaultValue) ?? [],
            (_, [] or [CommandParser.JsonOption]) when command.TakesName => await namesKnownTo(peer),
            _ => [],
        };
    }
}

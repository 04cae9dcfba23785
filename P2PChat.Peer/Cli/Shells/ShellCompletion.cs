using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli.Conversations;

namespace P2PChat.Peer.Cli.Shells;

/// <summary>Finds the candidates for a word of the command line, for all shells (<see cref="ShellScripts"/>).</summary>
/// <param name="listRunningPeers">Lists the usernames of running peers with default data directories.</param>
/// <param name="listKnownNames">Lists the usernames and rooms that a running peer knows; none after a timeout.</param>
public sealed class ShellCompletion(
    Func<IEnumerable<string>> listRunningPeers,
    Func<CommandLine.Control, Task<IReadOnlyList<string>>> listKnownNames
)
{
    /// <summary>Instead of candidates: tells the shell to complete file names.</summary>
    public const string Files = ":files";

    /// <summary>Instead of candidates: tells the shell to complete directory names.</summary>
    public const string Directories = ":directories";

    private const string DataOption = CommandLineParser.DataOption;
    private const string PassphraseOption = CommandLineParser.PassphraseOption;

    private static readonly string[] ControlCommands =
    [
        .. CommandTable
            .All.Select(command => command.Name)
            .Where(name => name is not ("exit" or ConversationArguments.ChatName)),
    ];

    /// <param name="words">The words after the program's name. The last one is being typed, and may be empty.</param>
    public async Task<IReadOnlyList<string>> GetCandidatesAsync(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var plain = words.Select(Unquote).ToList();
        var typed = plain.Count > 0 ? plain[^1] : "";
        return Matching(await ListAsync([.. plain.SkipLast(1)], typed), typed);
    }

    /// <summary>Selects the candidates that begin with the typed text.</summary>
    public static IReadOnlyList<string> Matching(IEnumerable<string> candidates, string typed) =>
        [
            .. candidates
                .Where(candidate => candidate[0] == ':' || candidate.StartsWith(typed, StringComparison.Ordinal))
                .Distinct(),
        ];

    // A shell takes '#' as the beginning of a comment unless it is quoted.
    private static string Unquote(string word) =>
        word.StartsWith(@"\#", StringComparison.Ordinal) ? word.Replace(@"\", "", StringComparison.Ordinal) : word;

    private async Task<IEnumerable<string>> ListAsync(string[] before, string typed) =>
        before switch
        {
            [] =>
            [
                CommandLineParser.ControlCommand,
                CommandLineParser.RestoreCommand,
                CommandLineParser.CompletionCommand,
                .. CommandLineParser.OptionNames,
            ],
            [CommandLineParser.CompletionCommand] => ShellScripts.Shells,
            [CommandLineParser.RestoreCommand, .. var rest] => ListForRestore(rest, typed),
            [CommandLineParser.ControlCommand, .. var rest] => await ListForControlAsync(rest, typed),
            [.., "--accept"] => Enum.GetNames<AcceptMode>().Select(mode => mode.ToLowerInvariant()),
            [.., DataOption] => [Directories],
            [.., var option] when CommandLineParser.TakesValue(option) => [],
            _ => typed.StartsWith('-') ? CommandLineParser.OptionNames : [],
        };

    private static string[] ListForRestore(string[] before, string typed) =>
        before switch
        {
            [.., DataOption] => [Directories],
            [.., PassphraseOption] => [Files],
            _ when typed.StartsWith('-') => [DataOption, PassphraseOption],
            [] => [Files],
            _ => [],
        };

    private async Task<IEnumerable<string>> ListForControlAsync(string[] before, string typed) =>
        before switch
        {
            [] => listRunningPeers().Append(DataOption),
            [DataOption] => [Directories],
            [DataOption, var data, .. var rest] => await ListForCommandAsync(
                new CommandLine.Control(null, data, ""),
                rest,
                typed
            ),
            [var username, .. var rest] => await ListForCommandAsync(
                new CommandLine.Control(username, null, ""),
                rest,
                typed
            ),
        };

    private async Task<IEnumerable<string>> ListForCommandAsync(CommandLine.Control peer, string[] before, string typed)
    {
        if (before is not [var word, .. var arguments])
        {
            return ControlCommands;
        }

        if (CommandTable.Find(word) is not { } command)
        {
            return [];
        }

        if (command.SupportsJson && command.Name != "invite" && typed.StartsWith('-'))
        {
            return [CommandParser.JsonOption];
        }

        return (command.Name, arguments) switch
        {
            ("help", []) => ControlCommands,
            ("backup", [.., PassphraseOption]) => [Files],
            ("backup", _) => typed.StartsWith('-') ? ["--force", PassphraseOption] : [Files],
            ("invite", [.., InviteArguments.UsesOption or InviteArguments.DaysOption]) => [],
            ("invite", _) => [InviteArguments.UsesOption, InviteArguments.DaysOption, CommandParser.JsonOption],
            ("export", [_]) => [Files],
            ("delete", []) when typed.StartsWith('-') => [HistoryCommands.ForceOption],
            ("delete", [HistoryCommands.ForceOption]) => (await listKnownNames(peer)).Where(NameChoice.IsPerson),
            ("delete", [var name]) => NameChoice.IsPerson(name) ? ["all"] : [],
            ("delete", [HistoryCommands.ForceOption, _]) => ["all"],
            ("set", []) => Preferences.Names,
            ("set", [var name]) => Preferences.ValuesOf(name)?.Append(CommandArguments.DefaultValue) ?? [],
            _ => await ListNamesAsync(
                peer,
                command,
                [.. arguments.Where(argument => argument != CommandParser.JsonOption)]
            ),
        };
    }

    private async Task<IEnumerable<string>> ListNamesAsync(
        CommandLine.Control peer,
        CommandInfo command,
        string[] before
    ) =>
        NameChoice.Find(command, before, []) is null
            ? []
            : NameChoice.Find(command, before, await listKnownNames(peer)) ?? [];
}

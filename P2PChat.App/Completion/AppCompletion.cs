using P2PChat.App.Arguments;
using P2PChat.App.Join;
using P2PChat.App.Up;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Shells;

namespace P2PChat.App.Completion;

/// <summary>Finds the candidates for a word of <c>p2pchat</c>'s command line.</summary>
internal static class AppCompletion
{
    private static readonly string[] DirectoryOptions = ["--urls", "--help"];

    /// <summary>Prints one candidate per line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> PrintAsync(IReadOnlyList<string> words, TextWriter output)
    {
        foreach (var candidate in await GetCandidatesAsync(words, CompletionProgram.Completion))
        {
            await output.WriteLineAsync(candidate);
        }

        return ExitCodes.Success;
    }

    /// <param name="words">The words after the program's name. The last one is being typed, and may be empty.</param>
    /// <param name="peer">Completes the arguments of the peer's own commands.</param>
    public static async Task<IReadOnlyList<string>> GetCandidatesAsync(
        IReadOnlyList<string> words,
        ShellCompletion peer
    )
    {
        var typed = words.Count > 0 ? words[^1] : "";
        return words.SkipLast(1).ToArray() switch
        {
            [] or [Commands.Help] => ShellCompletion.Matching([.. Commands.All, "--help", "--version"], typed),
            [Commands.Peer] => ShellCompletion.Matching(CommandLineParser.OptionNames, typed),
            [Commands.Peer, ..] => await peer.GetCandidatesAsync([.. words.Skip(1)]),
            [Commands.Up, .. var before] => await OfHostAsync(before, UpProgram.Options),
            [Commands.Join, .. var before] => await OfHostAsync(before, JoinProgram.Options),
            [Commands.Directory, ..] => ShellCompletion.Matching(typed.StartsWith('-') ? DirectoryOptions : [], typed),
            _ => await peer.GetCandidatesAsync(words),
        };

        async Task<IReadOnlyList<string>> OfHostAsync(string[] before, IReadOnlyDictionary<string, bool> own) =>
            before is [.., var option] && own.TryGetValue(option, out var takesValue) && takesValue ? []
            : typed.StartsWith('-') ? ShellCompletion.Matching([.. own.Keys, .. HostArguments.SharedOptions], typed)
            // A username first, so that no word is taken for one of the peer's commands.
            : await peer.GetCandidatesAsync(["-", .. before, typed]);
    }
}

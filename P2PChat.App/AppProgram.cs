using P2PChat.App.Arguments;
using P2PChat.App.Completion;
using P2PChat.App.Join;
using P2PChat.App.Up;
using P2PChat.Discovery.Hosting;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.App;

/// <summary>The program <c>p2pchat</c>: a peer, a directory, or both.</summary>
internal static class AppProgram
{
    public static ProgramName Name { get; } = new("p2pchat", $"p2pchat {Commands.Peer}");

    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments) =>
        arguments switch
        {
            [] or [Commands.Help] => PrintAsync(HelpTexts.Start),
            [var option] when CommandLineParser.IsHelp(option) => PrintAsync(HelpTexts.Start),
            ["--version"] => PrintAsync($"{Name.Name} {Telemetry.Version}\n"),
            [Commands.Help, var command, ..] => RunAsync([command, "--help"]),
            [Commands.Up, .. var rest] => UpProgram.RunAsync(rest),
            [Commands.Join, .. var rest] => JoinProgram.RunAsync(rest),
            [Commands.Directory, .. var rest] when rest.Any(CommandLineParser.IsHelp) => PrintAsync(
                HelpTexts.Directory
            ),
            [Commands.Directory, .. var rest] => DirectoryMain.RunAsync(rest),
            [Commands.Peer, .. var rest] => PeerMain.RunAsync(rest, Name),
            [CommandLineParser.CompletionCommand, "--", .. var words] => AppCompletion.PrintAsync(words, Console.Out),
            [
                CommandLineParser.ControlCommand
                or CommandLineParser.RestoreCommand
                or CommandLineParser.CompletionCommand,
                ..,
            ] => PeerMain.RunAsync(arguments, Name),
            [var word, ..] => FailAsync(Commands.Unknown(word)),
        };

    private static async Task<int> PrintAsync(string text)
    {
        await Console.Out.WriteAsync(text);
        return ExitCodes.Success;
    }

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return ExitCodes.Usage;
    }
}

using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Shells;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Hosting;

/// <summary>The peer's program: parses its arguments, and runs what they ask for.</summary>
public static class PeerMain
{
    /// <param name="program">How the help calls the program; null for P2PChat.Peer.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, ProgramName? program = null)
    {
        program ??= ProgramName.Standalone;
        switch (CommandLineParser.Parse(arguments))
        {
            case CommandLine.Help:
                await Console.Out.WriteAsync(HelpText.For(program));
                return ExitCodes.Success;
            case CommandLine.Version:
                await Console.Out.WriteLineAsync($"{program.Name} {Telemetry.Version}");
                return ExitCodes.Success;
            case CommandLine.Invalid { Message: var message }:
                return await FailUsageAsync(message, program);
            case CommandLine.Control control:
                return await ControlProgram.RunAsync(control, Console.Out, Console.Error, CancellationToken.None);
            case CommandLine.Restore restore:
                return RestoreProgram.Run(restore, Passphrase.Ask, TimeProvider.System, Console.Out, Console.Error);
            case CommandLine.CompletionScript { Text: var script }:
                await Console.Out.WriteAsync(ShellScripts.NameProgram(script, program));
                return ExitCodes.Success;
            case CommandLine.Complete complete:
                return await CompletionProgram.RunAsync(complete, Console.Out);
            case CommandLine.Run run:
                return await RunAsync(run, program);
            default:
                throw new InvalidOperationException("Unknown command line.");
        }
    }

    private static async Task<int> RunAsync(CommandLine.Run run, ProgramName program)
    {
        var builder = PeerApp.CreateBuilder(run.Settings);
        if (PeerSettings.Read(builder.Configuration, out var options) is { } error)
        {
            return await FailUsageAsync(error, program);
        }

        var streams = options.NoConsole ? StreamsKind.None : StandardStreams.Detect();
        try
        {
            FindDirectory(builder.Configuration, options);
            return await PeerApp.Build(builder, options, streams).RunAsync(options, streams);
        }
        catch (Exception exception) when (PeerProcess.StartupError(exception, options) is { } message)
        {
            await Console.Error.WriteLineAsync(message);
            return ExitCodes.Failure;
        }
    }

    // Without --discovery, a peer returns to the directory where it last registered.
    private static void FindDirectory(ConfigurationManager configuration, PeerOptions options)
    {
        if (
            !options.Ephemeral
            && string.IsNullOrEmpty(configuration[$"{PeerOptions.Section}:{nameof(PeerOptions.Discovery)}"])
            && StoredPeer.Read(DataDirectory.PathFor(options.Data, Username.Parse(options.Username)))
                is { Directory: { } directory }
        )
        {
            options.Discovery = directory;
        }
    }

    private static async Task<int> FailUsageAsync(string message, ProgramName program)
    {
        await Console.Error.WriteLineAsync($"{message}\n{program.Hint}");
        return ExitCodes.Usage;
    }
}

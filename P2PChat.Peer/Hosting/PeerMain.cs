using P2PChat.Node.Backup;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Shells;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Peer.Hosting;

/// <summary>The peer's program: parses its arguments, and runs what they ask for.</summary>
public static class PeerMain
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        switch (CommandLineParser.Parse(arguments))
        {
            case CommandLine.Help:
                await Console.Out.WriteAsync(HelpText.Full);
                return ExitCodes.Success;
            case CommandLine.Version:
                await Console.Out.WriteLineAsync($"P2PChat.Peer {Telemetry.Version}");
                return ExitCodes.Success;
            case CommandLine.Invalid { Message: var message }:
                return await FailUsageAsync(message);
            case CommandLine.Control control:
                return await ControlProgram.RunAsync(control, Console.Out, Console.Error, CancellationToken.None);
            case CommandLine.Restore restore:
                return RestoreProgram.Run(restore, Passphrase.Ask, TimeProvider.System, Console.Out, Console.Error);
            case CommandLine.CompletionScript { Text: var script }:
                await Console.Out.WriteAsync(script);
                return ExitCodes.Success;
            case CommandLine.Complete complete:
                return await CompletionProgram.RunAsync(complete, Console.Out);
            case CommandLine.Run run:
                return await RunAsync(run);
            default:
                throw new InvalidOperationException("Unknown command line.");
        }
    }

    private static async Task<int> RunAsync(CommandLine.Run run)
    {
        var builder = PeerApp.CreateBuilder(run.Settings);
        if (PeerSettings.Read(builder.Configuration, out var options) is { } error)
        {
            return await FailUsageAsync(error);
        }

        var streams = options.NoConsole ? StreamsKind.None : StandardStreams.Detect();
        try
        {
            return await PeerApp.Build(builder, options, streams).RunAsync(options, streams);
        }
        catch (Exception exception) when (PeerProcess.StartupError(exception, options) is { } message)
        {
            await Console.Error.WriteLineAsync(message);
            return ExitCodes.Failure;
        }
    }

    private static async Task<int> FailUsageAsync(string message)
    {
        await Console.Error.WriteLineAsync($"{message}\n{HelpText.Hint}");
        return ExitCodes.Usage;
    }
}

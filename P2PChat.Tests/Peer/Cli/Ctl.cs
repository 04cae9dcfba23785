using P2PChat.Peer.Cli;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Runs <c>ctl</c> in this process.</summary>
internal static class Ctl
{
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(TestPeer peer, string command) =>
        RunAsync(peer.Data, command);

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string data, string command)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exitCode = await ControlProgram
            .RunAsync(new CommandLine.Control(null, data, command), output, errors, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));
        return (exitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Checks that a command fails with one line on standard error that contains a fragment.</summary>
    public static async Task FailsAsync(string data, string command, int exitCode, string fragment)
    {
        var (actualCode, output, errors) = await RunAsync(data, command);
        Assert.Equal((exitCode, ""), (actualCode, output));
        Assert.Contains(fragment, errors, StringComparison.Ordinal);
        Assert.Equal(errors.Length - 1, errors.IndexOf('\n', StringComparison.Ordinal));
    }
}

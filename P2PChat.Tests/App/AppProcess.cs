using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.App;

/// <summary>Runs the built program <c>p2pchat</c>.</summary>
internal static class AppProcess
{
    /// <summary>The program, in the directory of the tests.</summary>
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "p2pchat.dll");

    // The display of the machine that runs the tests must not matter.
    private static readonly Dictionary<string, string> NoDisplay = new() { ["DISPLAY"] = "", ["WAYLAND_DISPLAY"] = "" };

    public static PeerProgram Start(params string[] arguments) =>
        PeerProgram.StartAssembly(Assembly, arguments, NoDisplay);

    /// <summary>Runs the program on an input, and waits for its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string input,
        params string[] arguments
    )
    {
        await using var program = Start(arguments);
        await program.TypeAsync(input);
        program.EndInput();
        var exitCode = await program.ExitCodeAsync();
        return (exitCode, program.Output, program.Errors);
    }

    /// <summary>Checks that the program fails with one sentence and prints nothing else.</summary>
    public static async Task FailsAsync(int exitCode, string fragment, params string[] arguments)
    {
        var (actualCode, output, errors) = await RunAsync("", arguments);
        Assert.Equal("", output);
        Assert.Contains(fragment, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Equal(exitCode, actualCode);
    }
}

using System.Diagnostics;
using P2PChat.Peer.Cli.Shells;
using P2PChat.Tests.App;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli.Shells;

/// <summary>Runs the scripts in their shells, with the built program and a running peer.</summary>
public sealed class ShellScriptTests : IClassFixture<ConsolePeers>, IDisposable
{
    private readonly ConsolePeers _peers;
    private readonly TempDirectory _temp = new();

    public ShellScriptTests(ConsolePeers peers)
    {
        _peers = peers;
        Install("P2PChat.Peer", PeerProgram.Assembly);
        Install("p2pchat", AppProcess.Assembly);
        Directory.CreateDirectory(Path.Combine(_temp.Path, "here"));
        foreach (var shell in ShellScripts.Shells)
        {
            File.WriteAllText(Path.Combine(_temp.Path, $"completion.{shell}"), ShellScripts.For(shell));
        }
    }

    [Fact]
    public async Task Bash_completes_options_commands_and_usernames()
    {
        Assert.Equal("connect contacts", await InBashAsync("ctl --data ECHO con"));
        Assert.Equal("--api --advertise --accept", await InBashAsync("dave --a"));
        Assert.Equal("", await InBashAsync("ctl --data nowhere send "));

        await using var ann = await TestPeer.StartAsync("ann", _peers.Directory.Url);
        await ann.RegisteredAsync();
        // A busy peer may miss the timeout of a completion.
        await Eventually.True(
            async () => await InBashAsync("ctl --data ECHO send an") == "ann",
            TimeSpan.FromSeconds(60),
            "the username is completed"
        );
        // Others choose the names of rooms, and a completed line must run nothing but the program.
        _ = await _peers.Echo.Rooms.CreateAsync("a; touch x $(id)", history: 0);
        await Eventually.True(
            async () => await InBashAsync(@"ctl --data ECHO send \#a") == @"\#a\;-touch-x-\$\(id\)",
            TimeSpan.FromSeconds(60),
            "the room is completed, and quoted"
        );
    }

    [Fact]
    public async Task Bash_completes_p2pchat_and_its_subcommands()
    {
        Assert.Equal("up", await InBashAsync("u", "p2pchat"));
        Assert.Equal("--port", await InBashAsync("up alice --po", "p2pchat"));
        Assert.Equal("ask all", await InBashAsync("join - bob --accept a", "p2pchat"));
        Assert.Equal("connect contacts", await InBashAsync("ctl --data ECHO con", "p2pchat"));
    }

    [ShellFact("zsh")]
    [Trait("Requires", "Zsh")]
    public async Task Zsh_parses_the_script() => Assert.Equal((0, ""), await RunAsync("zsh", "-n", "completion.zsh"));

    [ShellFact("fish")]
    [Trait("Requires", "Fish")]
    public async Task Fish_completes_commands_and_values()
    {
        Assert.Equal(
            (0, "connect\ncontacts"),
            await RunAsync(
                "fish",
                "--no-config",
                "-c",
                "source completion.fish; complete -C \"P2PChat.Peer ctl --data nowhere con\""
            )
        );
        Assert.Equal(
            (0, "all\nask"),
            await RunAsync(
                "fish",
                "--no-config",
                "-c",
                "source completion.fish; complete -C \"P2PChat.Peer dave --accept a\""
            )
        );
        Assert.Equal(
            (0, "join"),
            await RunAsync("fish", "--no-config", "-c", "source completion.fish; complete -C \"p2pchat jo\"")
        );
    }

    [Fact]
    public async Task Program_prints_each_script_and_rejects_other_shells()
    {
        foreach (var shell in ShellScripts.Shells)
        {
            Assert.Equal((0, ShellScripts.For(shell), ""), await PeerProgram.RunAsync("", "completion", shell));
        }

        var (exitCode, _, errors) = await PeerProgram.RunAsync("", "completion", "tcsh");
        Assert.Equal(2, exitCode);
        Assert.Contains("bash, zsh, fish", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _temp.Dispose();

    private void Install(string name, string assembly)
    {
        var program = Path.Combine(_temp.Path, name);
        File.WriteAllText(program, $"#!/bin/sh\nexec '{Environment.ProcessPath}' exec '{assembly}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    // Sets the variables that readline sets. compopt works only in readline, so a function replaces it.
    private async Task<string> InBashAsync(string line, string program = "P2PChat.Peer")
    {
        var words = line.Replace("ECHO", _peers.Echo.Data, StringComparison.Ordinal).Split(' ');
        var (exitCode, output) = await RunAsync(
            "bash",
            "--norc",
            "-c",
            $"""
            . ./completion.bash
            compopt() {"{"} :; {"}"}
            COMP_WORDS=({program} {string.Join(' ', words.Select(word => $"'{word}'"))})
            COMP_CWORD={words.Length}
            _p2pchat
            echo "{"${COMPREPLY[*]}"}"
            complete -p {program} > /dev/null
            """
        );
        Assert.Equal(0, exitCode);
        return string.Join(' ', output.Split(' '));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string shell, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(shell, arguments)
            {
                WorkingDirectory = _temp.Path,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["PATH"] = $"{_temp.Path}:{Environment.GetEnvironmentVariable("PATH")}",
                    ["HOME"] = _temp.Path,
                },
            }
        )!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(timeout.Token);
            Assert.Equal("", await errors);
            return (process.ExitCode, (await output).TrimEnd());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>A test that needs a shell, and is skipped if it is not installed.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ShellFactAttribute : FactAttribute
    {
        public ShellFactAttribute(string shell)
        {
            var path = Environment.GetEnvironmentVariable("PATH") ?? "";
            if (!path.Split(':').Any(directory => File.Exists(Path.Combine(directory, shell))))
            {
                Skip = $"{shell} is not installed.";
            }
        }
    }
}

using System.Text;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>
/// Runs the built program in a terminal of 12 rows and, by default, 60 columns, with util-linux's <c>script</c>.
/// </summary>
internal sealed class PseudoTerminal : IAsyncDisposable
{
    private const int DefaultWidth = 60;
    private const int Height = 12;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("p2pchat-terminal-");
    private readonly PeerProgram _program;
    private readonly int _width;

    /// <param name="arguments">The arguments of the peer.</param>
    public PseudoTerminal(params string[] arguments)
        : this(arguments, DefaultWidth) { }

    /// <param name="arguments">The arguments of the peer.</param>
    /// <param name="environment">Variables in addition to <c>TERM</c> and <c>LC_ALL</c>.</param>
    public PseudoTerminal(string[] arguments, int width, params (string Name, string Value)[] environment)
        : this(PeerProgram.Assembly, arguments, width, environment) { }

    /// <param name="assembly">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables in addition to <c>TERM</c> and <c>LC_ALL</c>.</param>
    public PseudoTerminal(
        string assembly,
        string[] arguments,
        int width,
        params (string Name, string Value)[] environment
    )
    {
        _width = width;
        var joined = string.Join(' ', arguments);
        var script = Path.Combine(_files.FullName, "run.sh");
        File.WriteAllText(
            script,
            $"""
            trap : INT
            tty > tty
            stty rows {Height} cols {width}
            stty -g > before
            sh -c 'echo $$ > pid; exec "$0" "$@"' '{Environment.ProcessPath}' exec '{assembly}' {joined}
            echo $? > exit-code
            stty -g > after
            """
        );
        var variables = new Dictionary<string, string> { ["TERM"] = "xterm-256color", ["LC_ALL"] = "C.UTF-8" };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        _program = PeerProgram.StartByShell(
            $"cd {_files.FullName} && exec script -qfec 'sh run.sh' /dev/null",
            variables
        );
    }

    /// <summary>The visible content of the terminal.</summary>
    public ScreenEmulator Screen
    {
        get
        {
            var screen = new ScreenEmulator(_width, Height);
            screen.Write(_program.Output);
            return screen;
        }
    }

    /// <summary>Everything written to the terminal, including escape sequences.</summary>
    public string Written => _program.Output;

    /// <summary>Changes the width of the terminal.</summary>
    public async Task ResizeAsync(int width)
    {
        using var stty = System.Diagnostics.Process.Start("stty", ["-F", await ReadAsync("tty"), "cols", $"{width}"]);
        await stty.WaitForExitAsync();
    }

    /// <summary>Stops reading the terminal's output.</summary>
    public void Freeze() => _program.Signal("STOP");

    public void Thaw() => _program.Signal("CONT");

    /// <summary>Sends the peer a signal.</summary>
    /// <returns>The peer's process.</returns>
    public async Task<System.Diagnostics.Process> SignalAsync(string name)
    {
        var peer = System.Diagnostics.Process.GetProcessById(
            int.Parse(await ReadAsync("pid"), System.Globalization.CultureInfo.InvariantCulture)
        );
        using var kill = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"kill -{name} {peer.Id}"]);
        await kill.WaitForExitAsync();
        return peer;
    }

    public Task TypeAsync(string keys) => _program.TypeAsync(keys);

    /// <summary>Waits until this is the line with the cursor.</summary>
    public Task ShowsPromptAsync(string line) =>
        ShowsAsync(screen => screen.CurrentLine == line, $"the line being typed is '{line}'");

    public async Task ShowsAsync(Func<ScreenEmulator, bool> condition, string description)
    {
        try
        {
            await Eventually.True(() => condition(Screen), Timeout, description);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"{exception.Message}; the screen:\n{string.Join('\n', Screen.Lines)}",
                exception
            );
        }
    }

    /// <summary>Waits for the end of the program.</summary>
    /// <returns>The exit code, and whether the terminal was restored.</returns>
    public async Task<(int ExitCode, bool IsRestored)> EndsAsync()
    {
        _ = await _program.ExitCodeAsync();
        return (
            int.Parse(await ReadAsync("exit-code"), System.Globalization.CultureInfo.InvariantCulture),
            await ReadAsync("before") == await ReadAsync("after")
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _files.Delete(recursive: true);
    }

    private async Task<string> ReadAsync(string name) =>
        (await File.ReadAllTextAsync(Path.Combine(_files.FullName, name), Encoding.UTF8)).Trim();
}

using System.Text;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The built program in a terminal of 12 rows and, unless told otherwise, 60 columns, which util-linux's <c>script</c> provides.</summary>
internal sealed class PseudoTerminal : IAsyncDisposable
{
    private const int UsualWidth = 60;
    private const int Height = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _notes = Directory.CreateTempSubdirectory("p2pchat-terminal-");
    private readonly PeerProgram _program;
    private readonly int _width;

    /// <param name="arguments">Of the peer.</param>
    public PseudoTerminal(params string[] arguments)
        : this(arguments, UsualWidth) { }

    /// <param name="arguments">Of the peer.</param>
    /// <param name="environment">Beside <c>TERM</c>.</param>
    public PseudoTerminal(string[] arguments, int width, params (string Name, string Value)[] environment)
    {
        _width = width;
        var script = Path.Combine(_notes.FullName, "run.sh");
        File.WriteAllText(
            script,
            $"""
            trap : INT
            tty > tty
            stty rows {Height} cols {width}
            stty -g > before
            sh -c 'echo $$ > pid; exec "$0" "$@"' '{Environment.ProcessPath}' exec '{PeerProgram.Assembly}' {string.Join(
                ' ',
                arguments
            )}
            echo $? > exit-code
            stty -g > after
            """
        );
        var variables = new Dictionary<string, string> { ["TERM"] = "xterm-256color" };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        _program = PeerProgram.StartByShell(
            $"cd {_notes.FullName} && exec script -qfec 'sh run.sh' /dev/null",
            variables
        );
    }

    /// <summary>What a person sees now.</summary>
    public ScreenEmulator Screen
    {
        get
        {
            var screen = new ScreenEmulator(_width, Height);
            screen.Write(_program.Output);
            return screen;
        }
    }

    /// <summary>All that was written to the terminal, escape sequences included.</summary>
    public string Written => _program.Output;

    /// <summary>Makes the terminal narrower, as a person does who drags its edge.</summary>
    public async Task ResizeAsync(int width)
    {
        using var stty = System.Diagnostics.Process.Start("stty", ["-F", await NoteAsync("tty"), "cols", $"{width}"]);
        await stty.WaitForExitAsync();
    }

    /// <summary>Stops reading the terminal's output.</summary>
    public void Freeze() => _program.Signal("STOP");

    public void Thaw() => _program.Signal("CONT");

    /// <summary>Sends the peer a signal.</summary>
    /// <returns>Its process.</returns>
    public async Task<System.Diagnostics.Process> SignalAsync(string name)
    {
        var peer = System.Diagnostics.Process.GetProcessById(
            int.Parse(await NoteAsync("pid"), System.Globalization.CultureInfo.InvariantCulture)
        );
        using var kill = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"kill -{name} {peer.Id}"]);
        await kill.WaitForExitAsync();
        return peer;
    }

    public Task TypeAsync(string keys) => _program.TypeAsync(keys);

    /// <summary>Waits until the line with the cursor is this.</summary>
    public Task ShowsPromptAsync(string line) =>
        ShowsAsync(screen => screen.CurrentLine == line, $"the line being typed is '{line}'");

    public async Task ShowsAsync(Func<ScreenEmulator, bool> isSo, string what)
    {
        try
        {
            await Eventually.True(() => isSo(Screen), Patience, what);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; what is seen:\n{string.Join('\n', Screen.Lines)}", e);
        }
    }

    /// <summary>Waits for the program's end.</summary>
    /// <returns>Its exit code, and whether the terminal is as it was before.</returns>
    public async Task<(int ExitCode, bool IsRestored)> EndsAsync()
    {
        _ = await _program.ExitCodeAsync();
        return (
            int.Parse(await NoteAsync("exit-code"), System.Globalization.CultureInfo.InvariantCulture),
            await NoteAsync("before") == await NoteAsync("after")
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _notes.Delete(recursive: true);
    }

    private async Task<string> NoteAsync(string name) =>
        (await File.ReadAllTextAsync(Path.Combine(_notes.FullName, name), Encoding.UTF8)).Trim();
}

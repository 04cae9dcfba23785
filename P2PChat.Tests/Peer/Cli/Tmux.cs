using System.Diagnostics;
using System.Globalization;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>A tmux server of its own: a real terminal that shows output and lets it be read back.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private const string AllShown = "all shown";
    private const string Ended = "dead #{pane_dead}, exit code #{pane_dead_status}, signal #{pane_dead_signal}";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("p2pchat-tmux-");
    private readonly string _configuration;

    public Tmux()
    {
        _configuration = Path.Combine(_files.FullName, "tmux.conf");
        File.WriteAllText(
            _configuration,
            """
            set -g status off
            set -g remain-on-exit on
            set -g monitor-bell on
            set -g history-limit 2000
            set -g default-terminal tmux-256color
            """
        );
    }

    /// <summary>Shows output in a terminal of this size.</summary>
    public async Task ShowAsync(string session, string output, int width, int height)
    {
        var file = Path.Combine(_files.FullName, session);
        await File.WriteAllTextAsync(file, $"{output}\e]2;{AllShown}\e\\");
        _ = await RunAsync("new-session", "-d", "-s", session, "-x", $"{width}", "-y", $"{height}", $"cat '{file}' -");
    }

    /// <summary>Runs a program in a terminal of this size. The terminal remains after its end.</summary>
    public async Task StartAsync(string session, string command, int width, int height) =>
        await RunAsync("new-session", "-d", "-s", session, "-x", $"{width}", "-y", $"{height}", command);

    public async Task TypeAsync(string session, string text)
    {
        _ = await RunAsync("send-keys", "-t", session, "-l", text);
        _ = await RunAsync("send-keys", "-t", session, "Enter");
    }

    public async Task ResizeAsync(string session, int width, int height) =>
        await RunAsync("resize-window", "-t", session, "-x", $"{width}", "-y", $"{height}");

    /// <summary>Waits until the visible rows satisfy a condition.</summary>
    public async Task ShowsAsync(string session, Func<string[], bool> condition, string description)
    {
        var shown = "";
        try
        {
            await Eventually.True(
                async () => condition((shown = await RunAsync("capture-pane", "-p", "-t", session)).Split('\n')),
                Timeout,
                description
            );
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}; the terminal:\n{shown}", exception);
        }
    }

    /// <summary>Evaluates a format, such as <c>#{pane_title}</c>.</summary>
    public async Task<string> AskAsync(string session, string format) =>
        (await RunAsync("display-message", "-p", "-t", session, format)).TrimEnd('\n');

    /// <summary>Waits until the program of a terminal has ended with exit code 0.</summary>
    public async Task EndsAsync(string session)
    {
        var state = "";
        try
        {
            // Before 3.6, tmux can miss the end of a program until another child of it ends (tmux issue 4559).
            // The command "true" is such a child; in the background, because tmux could miss its end too.
            await Eventually.True(
                async () =>
                {
                    _ = await RunAsync("run-shell", "-b", "true");
                    return (state = await AskAsync(session, Ended)) == "dead 1, exit code 0, signal ";
                },
                Timeout,
                "the program has ended with exit code 0",
                Eventually.LongPause
            );
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}; its state: {state}", exception);
        }
    }

    /// <summary>Reads all rows of a terminal once it shows all output, including those scrolled out.</summary>
    /// <param name="withStyles">Whether to include escape sequences for colours.</param>
    public async Task<string> CaptureAsync(string session, bool withStyles = false)
    {
        await Eventually.True(
            async () => await AskAsync(session, "#{pane_title}") == AllShown,
            Timeout,
            $"the terminal '{session}' shows all output"
        );
        string[] styles = withStyles ? ["-e"] : [];
        return (await RunAsync(["capture-pane", "-p", "-S", "-", .. styles, "-t", session])).TrimEnd('\n') + "\n";
    }

    /// <summary>The column and row of the cursor, from 0.</summary>
    public async Task<(int Column, int Row)> CursorAsync(string session)
    {
        var answer = (await AskAsync(session, "#{cursor_x} #{cursor_y}")).Split(' ');
        return (int.Parse(answer[0], CultureInfo.InvariantCulture), int.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _ = await RunAsync("kill-server");
        _files.Delete(recursive: true);
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-u", "-f", _configuration, .. arguments])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.Environment["TMUX_TMPDIR"] = _files.FullName;
        start.Environment["LC_ALL"] = "C.UTF-8";
        _ = start.Environment.Remove("TMUX");
        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(Timeout);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return output;
        }
        catch (OperationCanceledException exception)
        {
            process.Kill();
            throw new TimeoutException($"tmux {string.Join(' ', arguments)} did not end.", exception);
        }
    }
}

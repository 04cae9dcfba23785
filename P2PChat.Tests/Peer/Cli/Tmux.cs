using System.Diagnostics;
using System.Globalization;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>A tmux server of its own: a real terminal that shows output and lets it be read back.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private const string AllShown = "all shown";

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

    /// <summary>Reads all rows of a terminal once it shows all output, including those scrolled out.</summary>
    /// <param name="withStyles">Whether to include escape sequences for colours.</param>
    public async Task<string> CaptureAsync(string session, bool withStyles = false)
    {
        await Eventually.True(
            async () => await RunAsync("display-message", "-p", "-t", session, "#{pane_title}") == $"{AllShown}\n",
            Timeout,
            $"the terminal '{session}' shows all output"
        );
        string[] styles = withStyles ? ["-e"] : [];
        return (await RunAsync(["capture-pane", "-p", "-S", "-", .. styles, "-t", session])).TrimEnd('\n') + "\n";
    }

    /// <summary>The column and row of the cursor, from 0.</summary>
    public async Task<(int Column, int Row)> CursorAsync(string session)
    {
        var answer = (await RunAsync("display-message", "-p", "-t", session, "#{cursor_x} #{cursor_y}")).Split(' ');
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
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Timeout);
        return output;
    }
}

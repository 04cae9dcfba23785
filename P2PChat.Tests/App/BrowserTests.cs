using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.App;

/// <summary>Opens the page from a terminal, with a program in place of xdg-open that records its arguments.</summary>
public sealed class BrowserTests : IDisposable
{
    private const int Width = 100;

    private readonly TempDirectory _temp = new();
    private readonly int _port = LoopbackPort.Next();

    public BrowserTests()
    {
        var opener = Path.Combine(_temp.Path, "xdg-open");
        File.WriteAllText(
            opener,
            $"""
            #!/bin/sh
            cp -p "$1" {_temp.Path}/copy
            stat -c %a "$1" > {_temp.Path}/mode
            printf '%s\n' "$#" "$1" > {_temp.Path}/arguments
            """
        );
        File.SetUnixFileMode(opener, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private string Data => Path.Combine(_temp.Path, "alice");

    private string PageFile => Path.Combine(Data, "open-page.html");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Up_opens_a_private_file_at_a_terminal_with_a_display()
    {
        await using (var terminal = Up(display: ":9", "--port", $"{_port}"))
        {
            await terminal.ShowsAsync(
                screen => screen.CurrentLine == "Let people on your network join? [y/N]",
                "the question is shown"
            );
            await terminal.TypeAsync("\r");
            await terminal.ShowsPromptAsync("alice>");
            Assert.Contains("* your page opens in the browser", terminal.Written, StringComparison.Ordinal);
            Assert.DoesNotContain("login?code=", terminal.Written, StringComparison.Ordinal);
            Assert.Equal($"1\n{PageFile}\n", await ReadAsync("arguments"));
            Assert.Equal("600\n", await ReadAsync("mode"));
            Assert.Matches(
                """content="0;url=http://alice\.localhost:\d+/login\?code=[\w-]+">""",
                await ReadAsync("copy")
            );
            Assert.DoesNotContain("<script", await ReadAsync("copy"), StringComparison.OrdinalIgnoreCase);
            await terminal.TypeAsync("exit\r");
            Assert.Equal((0, true), await terminal.EndsAsync());
        }

        Assert.False(File.Exists(PageFile));
        File.Delete(Path.Combine(_temp.Path, "arguments"));

        // The answer is kept, and without a display no browser is opened.
        await using (var terminal = Up(display: ""))
        {
            await terminal.ShowsPromptAsync("alice>");
            Assert.DoesNotContain("your network join?", terminal.Written, StringComparison.Ordinal);
            await terminal.TypeAsync("\u0003\u0003");
            Assert.Equal((0, true), await terminal.EndsAsync());
        }

        Assert.False(File.Exists(Path.Combine(_temp.Path, "arguments")));
    }

    [Fact]
    public async Task Link_is_printed_if_no_browser_starts()
    {
        await File.WriteAllTextAsync(Path.Combine(_temp.Path, "xdg-open.new"), "#!/bin/sh\nexit 3\n");
        File.SetUnixFileMode(
            Path.Combine(_temp.Path, "xdg-open.new"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute
        );
        File.Move(Path.Combine(_temp.Path, "xdg-open.new"), Path.Combine(_temp.Path, "xdg-open"), overwrite: true);

        await using var terminal = Up(display: ":9", "--local-only", "--port", $"{_port}");
        await terminal.ShowsPromptAsync("alice>");

        Assert.Contains("* no browser could be started; open this link", terminal.Written, StringComparison.Ordinal);
        Assert.Contains("/login?code=", terminal.Written, StringComparison.Ordinal);
        await terminal.TypeAsync("exit\r");
        Assert.Equal((0, true), await terminal.EndsAsync());
    }

    private PseudoTerminal Up(string display, params string[] more) =>
        new(
            AppProcess.Assembly,
            ["up", "alice", "--data", Data, .. more],
            Width,
            ("PATH", $"{_temp.Path}:{Environment.GetEnvironmentVariable("PATH")}"),
            ("DISPLAY", display),
            ("WAYLAND_DISPLAY", "")
        );

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(_temp.Path, name));
}

using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class PromptConsoleTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private const string Up = "\e[A";
    private const string Left = "\e[D";
    private const string Home = "\e[H";
    private const string CtrlC = "\u0003";
    private const string CtrlD = "\u0004";
    private const string CtrlK = "\u000b";
    private const string Backspace = "\u007f";

    [Fact]
    public async Task Message_appears_above_the_line_being_typed()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("dave"));
        await terminal.ShowsPromptAsync("dave>");
        await terminal.TypeAsync("connect echo\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("* connected to echo"), "dave is connected");
        await terminal.TypeAsync("send echo hal!" + Left);
        await terminal.ShowsAsync(
            screen => screen is { CurrentLine: "dave> send echo hal!", Column: 19 },
            "the line is typed"
        );

        peers.Echo.Messages.Send(Username.Parse("dave"), "did you know?");

        // One write may arrive in parts.
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed[^2] == "echo: did you know?"
                && screen is { CurrentLine: "dave> send echo hal!", Column: 19 },
            "the message is above the line"
        );
        await terminal.TypeAsync("lo\r");
        // A slow connection also prints "waiting".
        await terminal.ShowsAsync(
            screen =>
                screen
                    .Untimed.SkipWhile(line => line != "dave> connect echo")
                    .Where(line => !line.StartsWith("* waiting for ", StringComparison.Ordinal))
                    .SequenceEqual([
                        "dave> connect echo",
                        "* connected to echo",
                        "echo: did you know?",
                        "dave> send echo hallo!",
                        "echo: hallo!",
                        "dave>",
                    ]),
            "the line was sent as shown"
        );

        await terminal.TypeAsync("exit\r");
        Assert.Equal((0, true), await terminal.EndsAsync());
        Assert.Equal(["dave> exit", ""], terminal.Screen.Untimed.TakeLast(2));
    }

    [Fact]
    public async Task Message_appears_above_a_line_of_many_rows()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("erin"));
        await terminal.ShowsPromptAsync("erin>");
        await terminal.TypeAsync("connect echo\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("* connected to echo"), "erin is connected");
        var words = string.Join(' ', Enumerable.Range(0, 30).Select(i => $"größe{i:00}日本"));
        await terminal.TypeAsync($"send echo {words}");
        await terminal.ShowsAsync(
            screen => screen.CurrentLine.EndsWith("größe29日本", StringComparison.Ordinal),
            "the line is typed"
        );
        var typed = terminal
            .Screen.Untimed.SkipWhile(line => !line.StartsWith("erin> send", StringComparison.Ordinal))
            .ToList();

        peers.Echo.Messages.Send(Username.Parse("erin"), "did you know?");

        await terminal.ShowsAsync(
            screen => screen.Untimed.SkipWhile(line => line != "echo: did you know?").Skip(1).SequenceEqual(typed),
            "the message is above the line"
        );
        await terminal.TypeAsync("\r");
        await terminal.ShowsPromptAsync("erin>");
        await terminal.ShowsAsync(
            screen =>
                string.Concat(
                        screen.Untimed.SkipWhile(line => !line.StartsWith("echo: größe00", StringComparison.Ordinal))
                    )
                    .Replace(" ", "", StringComparison.Ordinal)
                == $"echo:{words}erin>".Replace(" ", "", StringComparison.Ordinal),
            "the whole message is echoed"
        );
    }

    [Fact]
    public async Task Passphrase_is_typed_twice_and_never_shown()
    {
        using var temp = new TempDirectory();
        var file = Path.Combine(temp.Path, "b");
        await using var terminal = new PseudoTerminal(peers.Arguments("gus"));
        await terminal.ShowsPromptAsync("gus>");
        await terminal.TypeAsync($"backup {file}\r");
        await terminal.ShowsAsync(
            screen => screen.Untimed.Contains("Passphrase for the backup (not shown):"),
            "the passphrase is asked for"
        );
        await terminal.TypeAsync($"correct horx{Backspace}re\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("Repeat the passphrase:"), "it is asked for again");
        await terminal.TypeAsync("correct horse\r");
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed.Any(line => line.StartsWith("The passphrases do not match.", StringComparison.Ordinal)),
            "they differ"
        );
        Assert.False(File.Exists(file));

        await terminal.TypeAsync($"backup {file}\rcorrect horse\rcorrect horse\r");
        await terminal.ShowsAsync(
            screen => screen.Untimed.Any(line => line.StartsWith("* the backup is in", StringComparison.Ordinal)),
            "the backup is written"
        );
        await terminal.ShowsPromptAsync("gus>");
        Assert.True(File.Exists(file));
        Assert.DoesNotContain(terminal.Screen.Untimed, line => line.Contains("hor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_edit_recall_and_complete()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("fay"));
        await terminal.ShowsPromptAsync("fay>");

        await terminal.TypeAsync("rquests" + Home + "\e[Ce");
        await terminal.ShowsAsync(
            screen => screen is { CurrentLine: "fay> requests", Column: 7 },
            "a letter is inserted"
        );
        await terminal.TypeAsync("\r");
        await terminal.ShowsAsync(screen => screen.Untimed[^2] == "There are no open requests.", "the command has run");

        await terminal.TypeAsync(Up);
        await terminal.ShowsPromptAsync("fay> requests");
        await terminal.TypeAsync(Left + Left + CtrlK + Backspace);
        await terminal.ShowsPromptAsync("fay> reque");
        await terminal.TypeAsync("\u0015" + "conn\tec\t");
        await terminal.ShowsAsync(
            screen => screen is { CurrentLine: "fay> connect echo", Column: 18 },
            "Tab completes"
        );

        await terminal.TypeAsync(CtrlC + CtrlC + CtrlC);
        Assert.Equal((0, true), await terminal.EndsAsync());
    }

    [Fact]
    public async Task Commands_run_while_a_request_is_unanswered()
    {
        await using var bob = await TestPeer.StartAsync("bob", peers.Directory.Url);
        await bob.RegisteredAsync();
        await using var terminal = new PseudoTerminal(peers.Arguments("hal"));
        await terminal.ShowsPromptAsync("hal>");

        await terminal.TypeAsync("connect bob\rrequests\r");
        await terminal.ShowsAsync(
            screen =>
                screen
                    .Untimed.TakeLast(4)
                    .SequenceEqual([
                        "* waiting for bob's answer. It will appear here",
                        "hal> requests",
                        "There are no open requests.",
                        "hal>",
                    ]),
            "the next command has run"
        );
        await Eventually.True(() => bob.OpenRequests.Count == 1, PeerUnderTest.Soon, "the request has arrived");
        bob.Connections.Accept(Username.Parse("hal"));
        await terminal.ShowsAsync(
            screen => screen.Untimed.TakeLast(2).SequenceEqual(["* connected to bob", "hal>"]),
            "the answer is shown"
        );
    }

    [Fact]
    public async Task Ctrl_d_on_an_empty_line_ends_the_peer()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("gus"));
        await terminal.ShowsPromptAsync("gus>");

        await terminal.TypeAsync(CtrlD);

        Assert.Equal((0, true), await terminal.EndsAsync());
    }

    [Fact]
    public async Task Status_row_follows_connections_requests_and_messages()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("ian"), 100);
        await terminal.ShowsPromptAsync("ian>");
        await terminal.ShowsAsync(
            screen => screen.StatusLine == "── ian · registered · 0 connected",
            "the status row is shown"
        );

        await terminal.TypeAsync("connect echo\r");
        await terminal.ShowsAsync(
            // The conversation follows once it is stored.
            screen =>
                screen.StatusLine
                    is "── ian · registered · 1 connected"
                        or "── ian · registered · 1 connected · [1] echo",
            "the connection is shown"
        );
        await terminal.TypeAsync("send echo hello\r");
        await terminal.ShowsAsync(
            screen => screen.StatusLine == "── ian · registered · 1 connected · [1] echo 1 · to echo: delivered",
            "the message and its echo are shown"
        );
        await terminal.TypeAsync("chat echo\rx");
        await terminal.ShowsAsync(
            screen =>
                screen
                    is {
                        StatusLine: "── ian · registered · 1 connected · [1] echo · direct · to echo: delivered",
                        CurrentLine: "→ echo> x",
                    },
            "the open conversation is read"
        );
        await terminal.TypeAsync($"{CtrlC}/exit\rx");

        await using var una = await TestPeer.StartAsync("una", peers.Directory.Url);
        await una.RegisteredAsync();
        await una.Connections.ConnectAsync(Username.Parse("ian"), CancellationToken.None);
        await terminal.ShowsAsync(
            screen =>
                screen
                    is {
                        StatusLine: "── ian · registered · 1 connected · request from una · [1] echo"
                            + " · to echo: delivered",
                        CurrentLine: "ian> x",
                    },
            "the request is shown"
        );
        Assert.Equal(
            [$"* {CommandText.Request("una", una.Status.PeerId.ToString())}", "ian> x"],
            terminal.Screen.Untimed.TakeLast(2)
        );

        await terminal.TypeAsync($"{Backspace}accept una\r");
        await terminal.ShowsAsync(
            screen => screen.StatusLine == "── ian · registered · 2 connected · [1] echo [2] una · to echo: delivered",
            "the request is answered"
        );
        await terminal.ShowsAsync(
            screen =>
            {
                // Repeated, because it is dropped until her side of the link is open.
                una.Presence.SetTyping(Username.Parse("ian"), active: true);
                return screen.StatusLine
                    == "── ian · registered · 2 connected · [1] echo [2] una · una is typing · to echo: delivered";
            },
            "she is typing"
        );
        var message = await una.Messages.SendAsync(Username.Parse("ian"), "here I am");
        await terminal.ShowsAsync(
            screen =>
                screen.StatusLine == "── ian · registered · 2 connected · [1] echo [2] una 1 · to echo: delivered",
            "her message is shown"
        );
        Assert.Equal(MessageState.Delivered, await StateAsync(MessageState.Delivered));
        await terminal.TypeAsync("chat 2\r");
        Assert.Equal(MessageState.Read, await StateAsync(MessageState.Read));

        await terminal.TypeAsync("/exit\rexit\r");
        Assert.Equal((0, true), await terminal.EndsAsync());
        Assert.Null(terminal.Screen.StatusLine);
        Assert.DoesNotContain(terminal.Screen.Untimed, line => line.StartsWith("── ian", StringComparison.Ordinal));

        async Task<MessageState> StateAsync(MessageState awaited)
        {
            var state = message.State;
            await Eventually.True(
                () => (state = una.Messages.Page(Username.Parse("ian"), null, null, 1).Messages[0].State) == awaited,
                PeerUnderTest.Soon,
                $"it is {awaited}"
            );
            return state;
        }
    }

    [Fact]
    public async Task Narrowed_terminal_keeps_the_line_and_the_status_row()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("jil"), 60);
        await terminal.ShowsAsync(
            screen => screen.StatusLine == "── jil · registered · 0 connected",
            "the status row is shown"
        );
        await terminal.TypeAsync("send echo 日本");

        await terminal.ResizeAsync(28);

        await terminal.ShowsAsync(
            screen => screen is { CurrentLine: "jil> send echo 日本", Column: 19, StatusLine: "── jil · registered" },
            "the row fits"
        );
        await terminal.ResizeAsync(12);
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed.TakeLast(2).SequenceEqual(["jil> send e", "cho 日本"]) && screen.StatusLine == "── jil",
            "the line takes two rows"
        );
        await terminal.ResizeAsync(60);
        await terminal.ShowsAsync(
            screen => screen is { CurrentLine: "jil> send echo 日本", StatusLine: "── jil · registered · 0 connected" },
            "the whole row is back"
        );
    }

    [Theory]
    [InlineData("kim", true)]
    [InlineData("lea", false, "NO_COLOR", "1")]
    [InlineData("moe", false, "NO_COLOR", "0")]
    [InlineData("ned", true, "NO_COLOR", "")]
    [InlineData("oda", false, null, null, "--no-color")]
    public async Task Colours_follow_NO_COLOR_and_the_option(
        string name,
        bool isColored,
        string? variable = null,
        string? value = null,
        params string[] option
    )
    {
        await using var terminal = new PseudoTerminal(
            peers.Arguments(name, option),
            60,
            variable is null ? [] : [(variable, value!)]
        );
        await terminal.ShowsPromptAsync($"{name}>");

        await terminal.TypeAsync("list\rdance\r");

        await terminal.ShowsAsync(
            screen => screen.Untimed[^2] == "'dance' is not a command. 'help' lists the commands.",
            "both are answered"
        );
        Assert.Contains(terminal.Screen.Untimed, line =>
            System.Text.RegularExpressions.Regex.IsMatch(line, "^echo +online$")
        );
        Assert.Equal(isColored, System.Text.RegularExpressions.Regex.IsMatch(terminal.Written, @"\e\[[0-9;]+m"));
    }

    [Fact]
    public async Task Dumb_terminal_gets_plain_lines()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("pam"), 60, ("TERM", "dumb"));
        await terminal.ShowsAsync(
            screen => screen.Untimed.Any(line => line.StartsWith("* 'help' lists", StringComparison.Ordinal)),
            "the welcome is printed"
        );

        await terminal.TypeAsync("requests\nexit\n");

        Assert.Equal(0, (await terminal.EndsAsync()).ExitCode);
        Assert.Contains("There are no open requests.", terminal.Written, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', terminal.Written);
    }
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Console;

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
    public async Task A_message_that_arrives_while_a_line_is_typed_stands_above_it_and_the_line_is_whole()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("dave"));
        await terminal.ShowsPromptAsync("dave>");
        await terminal.TypeAsync("connect echo\r");
        await terminal.ShowsAsync(screen => screen.Lines[^2] == "* connected to echo", "dave is connected");
        await terminal.TypeAsync("send echo hal!" + Left);
        await terminal.ShowsAsync(screen => screen is { CurrentLine: "dave> send echo hal!", Column: 19 }, "the line is typed");

        peers.Echo.Node.Send(Username.Parse("dave"), "did you know?");

        await terminal.ShowsAsync(screen => screen.Lines[^2] == "echo: did you know?", "the message stands above");
        Assert.Equal("dave> send echo hal!", terminal.Screen.CurrentLine);
        Assert.Equal(19, terminal.Screen.Column);
        await terminal.TypeAsync("lo\r");
        await terminal.ShowsAsync(screen => screen.Lines[^2] == "echo: hallo!", "the line was sent as it was seen");
        Assert.Equal(
            ["dave> connect echo", "* connected to echo", "echo: did you know?", "dave> send echo hallo!", "echo: hallo!", "dave>"],
            terminal.Screen.Lines.SkipWhile(line => line != "dave> connect echo"));

        await terminal.TypeAsync("exit\r");
        Assert.Equal((0, true), await terminal.EndsAsync());
        Assert.Equal(["dave> exit", ""], terminal.Screen.Lines.TakeLast(2));
    }

    [Fact]
    public async Task A_line_of_many_rows_survives_a_message_too()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("erin"));
        await terminal.ShowsPromptAsync("erin>");
        await terminal.TypeAsync("connect echo\r");
        await terminal.ShowsAsync(screen => screen.Lines[^2] == "* connected to echo", "erin is connected");
        var words = string.Join(' ', Enumerable.Range(0, 30).Select(i => $"größe{i:00}日本"));
        await terminal.TypeAsync($"send echo {words}");
        await terminal.ShowsAsync(screen => screen.CurrentLine.EndsWith("größe29日本", StringComparison.Ordinal), "the line is typed");
        var typed = terminal.Screen.Lines.SkipWhile(line => !line.StartsWith("erin> send", StringComparison.Ordinal)).ToList();

        peers.Echo.Node.Send(Username.Parse("erin"), "did you know?");

        await terminal.ShowsAsync(screen => screen.Lines.Contains("echo: did you know?"), "the message is there");
        Assert.Equal(typed, terminal.Screen.Lines.SkipWhile(line => line != "echo: did you know?").Skip(1));
        await terminal.TypeAsync("\r");
        await terminal.ShowsPromptAsync("erin>");
        await terminal.ShowsAsync(
            screen => string.Concat(screen.Lines.SkipWhile(line => !line.StartsWith("echo: größe00", StringComparison.Ordinal))).Replace(" ", "", StringComparison.Ordinal)
                == $"echo:{words}erin>".Replace(" ", "", StringComparison.Ordinal),
            "all of it comes back");
    }

    [Fact]
    public async Task A_passphrase_is_typed_twice_and_shows_nowhere()
    {
        using var temp = new TempDirectory();
        var file = Path.Combine(temp.Path, "b");
        await using var terminal = new PseudoTerminal(peers.Arguments("gus"));
        await terminal.ShowsPromptAsync("gus>");
        await terminal.TypeAsync($"backup {file}\r");
        await terminal.ShowsAsync(screen => screen.Lines.Contains("Passphrase for the backup (nothing shows):"), "the passphrase is asked for");
        await terminal.TypeAsync($"correct horx{Backspace}re\r");
        await terminal.ShowsAsync(screen => screen.Lines.Contains("The same once more:"), "it is asked for again");
        await terminal.TypeAsync("correct horse\r");
        await terminal.ShowsAsync(screen => screen.Lines.Any(line => line.StartsWith("The two are not the same", StringComparison.Ordinal)), "they differ");
        Assert.False(File.Exists(file));

        await terminal.TypeAsync($"backup {file}\rcorrect horse\rcorrect horse\r");
        await terminal.ShowsAsync(screen => screen.Lines.Any(line => line.StartsWith("* the backup is in", StringComparison.Ordinal)), "the backup is written");
        await terminal.ShowsPromptAsync("gus>");
        Assert.True(File.Exists(file));
        Assert.DoesNotContain(terminal.Screen.Lines, line => line.Contains("hor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_edit_recall_and_complete()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("fay"));
        await terminal.ShowsPromptAsync("fay>");

        await terminal.TypeAsync("rquests" + Home + "\e[Ce");
        await terminal.ShowsAsync(screen => screen is { CurrentLine: "fay> requests", Column: 7 }, "a letter is put in");
        await terminal.TypeAsync("\r");
        await terminal.ShowsAsync(screen => screen.Lines[^2] == "Nobody waits for an answer.", "the command is carried out");

        await terminal.TypeAsync(Up);
        await terminal.ShowsPromptAsync("fay> requests");
        await terminal.TypeAsync(Left + Left + CtrlK + Backspace);
        await terminal.ShowsPromptAsync("fay> reque");
        await terminal.TypeAsync("\u0015" + "conn\tec\t");
        await terminal.ShowsAsync(screen => screen is { CurrentLine: "fay> connect echo", Column: 18 }, "the tab key completes");

        await terminal.TypeAsync(CtrlC);
        Assert.Equal((0, true), await terminal.EndsAsync());
    }

    [Fact]
    public async Task A_person_who_waits_for_another_can_go_on_meanwhile()
    {
        await using var bob = await TestPeer.StartAsync("bob", peers.Directory.Url);
        await bob.RegisteredAsync();
        await using var terminal = new PseudoTerminal(peers.Arguments("hal"));
        await terminal.ShowsPromptAsync("hal>");

        await terminal.TypeAsync("connect bob\rrequests\r");
        await terminal.ShowsAsync(
            screen => screen.Lines.TakeLast(4).SequenceEqual(["* waiting for bob: the answer will show here", "hal> requests", "Nobody waits for an answer.", "hal>"]),
            "the next command is carried out");
        bob.Node.Accept(Username.Parse("hal"));
        await terminal.ShowsAsync(screen => screen.Lines.TakeLast(2).SequenceEqual(["* connected to bob", "hal>"]), "the answer shows");
    }

    [Fact]
    public async Task Ctrl_d_on_an_empty_line_leaves()
    {
        await using var terminal = new PseudoTerminal(peers.Arguments("gus"));
        await terminal.ShowsPromptAsync("gus>");

        await terminal.TypeAsync(CtrlD);

        Assert.Equal((0, true), await terminal.EndsAsync());
    }
}

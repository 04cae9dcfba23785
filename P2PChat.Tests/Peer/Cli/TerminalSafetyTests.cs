using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Pasted text must not run, messages must not imitate the program, and signals must end the peer.</summary>
public sealed class TerminalSafetyTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private const string Paste = "\e[200~";
    private const string End = "\e[201~";
    private const string CtrlU = "\u0015";
    private const string CtrlE = "\u0005";
    private const string CtrlZ = "\u001a";

    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Pasted_block_is_shown_and_sent_as_one_message()
    {
        await using var terminal = await ConnectedAsync("pia", 60);

        await terminal.TypeAsync($"send echo {Paste}one\r\ndelete echo all\rexit\r\n{End}");
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed.TakeLast(3).SequenceEqual(["pia> send echo one", "    delete echo all", "    exit"]),
            "the block is shown"
        );
        await terminal.TypeAsync("\r");

        await terminal.ShowsAsync(
            screen =>
                screen
                    .Untimed.SkipWhile(line => line != "echo: one")
                    .Take(3)
                    .Select(line => line.Trim())
                    .SequenceEqual(["echo: one", "delete echo all", "exit"]),
            "it was sent as one message"
        );
        Assert.Equal(2, peers.Echo.Messages.Page(Username.Parse("pia"), null, null, 10).Messages.Count);
    }

    [Fact]
    public async Task Pasted_block_without_send_runs_nothing_and_is_kept()
    {
        await using var terminal = await ConnectedAsync("quo", 60);
        await terminal.TypeAsync("send echo hello\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("echo: hello"), "there is a message");

        await terminal.TypeAsync($"{Paste}delete --force echo all\rexit\r{End}\r");
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed.Any(line =>
                    line.StartsWith("Only 'send', 'reply' and 'edit' take several lines.", StringComparison.Ordinal)
                ),
            "the reason is printed"
        );
        await terminal.TypeAsync("send echo \r");
        await terminal.ShowsAsync(
            screen =>
                screen
                    .Untimed.SkipWhile(line => line != "echo: delete --force echo all")
                    .Take(2)
                    .Select(line => line.Trim())
                    .SequenceEqual(["echo: delete --force echo all", "exit"]),
            "the text was kept"
        );
        Assert.Equal(4, peers.Echo.Messages.Page(Username.Parse("quo"), null, null, 10).Messages.Count);

        await terminal.TypeAsync($"{Paste}a\rb\r{End}{CtrlE}{CtrlU}exit\r");
        Assert.Equal((0, true), await terminal.EndsAsync());
        Assert.Equal("\e[?2004l", LastOf(terminal.Written, "\e[?2004h", "\e[?2004l"));
    }

    [Fact]
    public async Task Deleting_all_needs_a_key_after_the_question()
    {
        await using var terminal = await ConnectedAsync("roy", 80);
        await terminal.TypeAsync("send echo hello\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("echo: hello"), "there are messages");

        await terminal.TypeAsync("delete echo all\ryyy\r");
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed.Any(line =>
                    line.StartsWith("Delete all messages with echo on this side?", StringComparison.Ordinal)
                ),
            "it asks"
        );
        await AnswerAsync(terminal, "n", "Nothing was deleted.");
        await terminal.TypeAsync(CtrlU + "delete echo all\r");
        await terminal.ShowsAsync(
            screen =>
                screen.Untimed.Count(line => line.StartsWith("Delete all messages", StringComparison.Ordinal)) == 2,
            "it asks again"
        );
        await AnswerAsync(terminal, "y", "2 messages with echo are deleted on this side. echo keeps a copy.");
    }

    [Theory]
    [InlineData("sal", 40)]
    [InlineData("tim", 80)]
    public async Task Message_rows_never_begin_like_program_rows(string name, int width)
    {
        await using var terminal = await ConnectedAsync(name, width);

        foreach (
            var filler in (string[])[new(' ', 300), new('\t', 40), new('x', 300), new('日', 200), new('\u3000', 150)]
        )
        {
            peers.Echo.Messages.Send(Username.Parse(name), $"see{filler}* connected to bank {filler}ann: yes");
        }

        peers.Echo.Messages.Send(Username.Parse(name), "the last");

        await terminal.ShowsAsync(screen => screen.Untimed.Contains("echo: the last"), "all are shown");
        Assert.DoesNotContain(terminal.Screen.Untimed, line =>
            line.StartsWith("* connected to bank", StringComparison.Ordinal)
            || line.StartsWith("ann:", StringComparison.Ordinal)
        );
        Assert.All(
            terminal
                .Screen.Untimed.SkipWhile(line => !line.StartsWith("echo: see", StringComparison.Ordinal))
                .TakeWhile(line => line != "echo: the last"),
            line => Assert.Matches($"^($|echo: see|echo:$| {{{WordWrap.Indent(width).Length}}})", line)
        );
    }

    [Fact]
    public async Task Signal_ends_a_peer_whose_terminal_is_frozen()
    {
        await using var terminal = await ConnectedAsync("una", 60);
        terminal.Freeze();
        try
        {
            var text = new string('x', 4000);
            for (var i = 0; i < 100; i++)
            {
                peers.Echo.Messages.Send(Username.Parse("una"), text);
            }

            await Eventually.True(
                () =>
                    peers
                        .Echo.Messages.Page(Username.Parse("una"), null, null, 200)
                        .Messages.All(message => message.State is MessageState.Delivered or MessageState.Read),
                PeerUnderTest.Soon,
                "the peer has them all"
            );
            using var left = peers.Echo.Events.Listen(peers.Echo.Events.Last)!;

            using var peer = await terminal.SignalAsync("TERM");
            await peer.WaitForExitAsync().WaitAsync(EndsWithin);

            Assert.Equal(DisconnectReason.WentOffline, (await DisconnectedAsync(left)).Reason);
        }
        finally
        {
            terminal.Thaw();
        }

        Assert.Equal((0, true), await terminal.EndsAsync());
    }

    [Fact]
    public async Task Suspended_peer_restores_the_terminal_and_resumes()
    {
        await using var terminal = await ConnectedAsync("vic", 60);
        await terminal.TypeAsync("send echo he");
        await terminal.ShowsPromptAsync("vic> send echo he");

        using var peer = await terminal.SignalAsync("TSTP");
        await Eventually.True(
            () => File.ReadAllText($"/proc/{peer.Id}/stat").Contains(") T ", StringComparison.Ordinal),
            PeerUnderTest.Soon,
            "it is stopped"
        );
        await terminal.ShowsAsync(
            screen =>
                screen.CurrentLine == ""
                && screen.StatusLine is null
                && LastOf(terminal.Written, "\e[?2004h", "\e[?2004l") == "\e[?2004l",
            "it has restored the terminal"
        );

        (await terminal.SignalAsync("CONT")).Dispose();
        await terminal.ShowsPromptAsync("vic> send echo he");
        Assert.Equal("\e[?2004h", LastOf(terminal.Written, "\e[?2004h", "\e[?2004l"));
        await terminal.TypeAsync("llo\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("echo: hello"), "it continues");

        // The terminal delivers Ctrl-Z as a key.
        await terminal.TypeAsync(CtrlZ);
        await Eventually.True(
            () => File.ReadAllText($"/proc/{peer.Id}/stat").Contains(") T ", StringComparison.Ordinal),
            PeerUnderTest.Soon,
            "it is stopped again"
        );
        (await terminal.SignalAsync("CONT")).Dispose();
        await terminal.ShowsPromptAsync("vic>");
    }

    private static async Task<PeerEvent.Disconnected> DisconnectedAsync(EventListener events)
    {
        using var limit = new CancellationTokenSource(PeerUnderTest.Soon);
        while (true)
        {
            if (
                (await events.Reader.ReadAsync(limit.Token)).Event is PeerEvent.Disconnected told
                && told.With == Username.Parse("una")
            )
            {
                return told;
            }
        }
    }

    private async Task<PseudoTerminal> ConnectedAsync(string name, int width)
    {
        var terminal = new PseudoTerminal(peers.Arguments(name), width);
        await terminal.ShowsPromptAsync($"{name}>");
        await terminal.TypeAsync("connect echo\r");
        await terminal.ShowsAsync(screen => screen.Untimed.Contains("* connected to echo"), "it is connected");
        return terminal;
    }

    // A key right after the question does not count.
    private static Task AnswerAsync(PseudoTerminal terminal, string key, string answer) =>
        Eventually.True(
            async () =>
            {
                if (terminal.Screen.Untimed.Contains(answer))
                {
                    return true;
                }

                await terminal.TypeAsync(key);
                return false;
            },
            PeerUnderTest.Soon,
            answer
        );

    private static string LastOf(string text, string one, string other) =>
        text.LastIndexOf(one, StringComparison.Ordinal) > text.LastIndexOf(other, StringComparison.Ordinal)
            ? one
            : other;
}

using System.Text.RegularExpressions;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Keeps what a real terminal shows. The files are meant to be looked at.</summary>
[Trait("Requires", "Tmux")]
public sealed class TerminalCaptureTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private const int Height = 24;

    private static readonly (string Name, int Width, Action<TerminalScenes> Play)[] Scenes =
    [
        ("chat-40", 40, scenes => scenes.Chat()),
        ("chat-80", 80, scenes => scenes.Chat()),
        ("chat-200", 200, scenes => scenes.Chat()),
        ("formatting-40", 40, scenes => scenes.Formatting()),
        ("formatting-80", 80, scenes => scenes.Formatting()),
        ("tables-40", 40, scenes => scenes.Tables()),
        ("tables-80", 80, scenes => scenes.Tables()),
        ("safety-40", 40, scenes => scenes.Safety()),
        ("safety-80", 80, scenes => scenes.Safety()),
        ("invite-80", 80, scenes => scenes.Invite()),
        ("doctor-80", 80, scenes => scenes.Doctor()),
        ("story-80", 80, scenes => scenes.Story()),
    ];

    [Fact]
    public async Task Peer_in_a_terminal_updates_ticks_title_and_bell()
    {
        const string Session = "ann";
        await using var una = await TestPeer.StartAsync("una", peers.Directory.Url);
        await una.RegisteredAsync();
        await using var tmux = new Tmux();
        var program = string.Join(
            ' ',
            [Environment.ProcessPath!, "exec", PeerProgram.Assembly, .. peers.Arguments("ann")]
        );
        await tmux.StartAsync(Session, $"env LC_ALL=C.UTF-8 TERM=tmux-256color {program}", 80, Height);
        await ShowsAsync("^ann>$");
        Assert.Equal("ann – P2PChat", await tmux.AskAsync(Session, "#{pane_title}"));

        await tmux.TypeAsync(Session, "connect echo");
        await ShowsAsync(@"^\d\d:\d\d \* connected to echo$");
        await tmux.TypeAsync(Session, "chat echo");
        await ShowsAsync("^→ echo>$");
        await tmux.TypeAsync(Session, "hello שלום 日本");
        await ShowsAsync(@"^\d\d:\d\d \u200e?ann: hello שלום 日本 (✓✓|✔✔)$");
        await ShowsAsync(@"^\d\d:\d\d \u200e?echo: hello שלום 日本$");

        await una.Connections.ConnectAsync(Username.Parse("ann"), CancellationToken.None);
        await ShowsAsync(@"^\d\d:\d\d \* una asks to connect");
        await Eventually.True(
            async () =>
                await tmux.AskAsync(Session, "#{window_bell_flag} #{pane_title}")
                    is "1 (1) ann – P2PChat"
                        or "1 (2) ann – P2PChat",
            PeerUnderTest.Soon,
            "the bell rings, and the title counts the request"
        );

        await tmux.ResizeAsync(Session, 40, Height);
        await tmux.TypeAsync(Session, "a text that is too long for one row");
        await ShowsAsync(@"^ {11}one row (✓✓|✔✔)$");
        await tmux.TypeAsync(Session, "/exit");
        await tmux.TypeAsync(Session, "exit");
        await tmux.EndsAsync(Session);
        Assert.DoesNotContain("P2PChat", await tmux.AskAsync(Session, "#{pane_title}"), StringComparison.Ordinal);

        Task ShowsAsync(string pattern) =>
            tmux.ShowsAsync(Session, rows => rows.Any(row => Regex.IsMatch(row.TrimEnd(), pattern)), pattern);
    }

    [Fact]
    public async Task Terminal_shows_the_kept_captures()
    {
        await using var tmux = new Tmux();
        foreach (var (name, width, play) in Scenes)
        {
            using var scenes = new TerminalScenes(width, Height);
            play(scenes);
            await tmux.ShowAsync(name, scenes.Output, width, Height);
        }

        foreach (var (name, _, _) in Scenes)
        {
            await KeptFile.HoldsAsync($"P2PChat.Tests/Peer/Cli/Captures/{name}.txt", await tmux.CaptureAsync(name));
        }

        foreach (var (name, file) in ((string, string)[])[("story-80", "terminal"), ("doctor-80", "doctor")])
        {
            await KeptFile.HoldsAsync(
                $"docs/images/{file}.svg",
                TerminalSvg.Of(await tmux.CaptureAsync(name, withStyles: true), 80, await tmux.CursorAsync(name))
            );
        }
    }
}

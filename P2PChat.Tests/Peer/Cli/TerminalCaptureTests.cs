using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Keeps what a real terminal shows. The files are meant to be looked at.</summary>
[Trait("Requires", "Tmux")]
public sealed class TerminalCaptureTests
{
    private const int Height = 24;

    private static readonly (string Name, int Width, Action<TerminalScenes> Play)[] Scenes =
    [
        ("chat-40", 40, scenes => scenes.Chat()),
        ("chat-80", 80, scenes => scenes.Chat()),
        ("chat-200", 200, scenes => scenes.Chat()),
        ("tables-40", 40, scenes => scenes.Tables()),
        ("tables-80", 80, scenes => scenes.Tables()),
        ("safety-40", 40, scenes => scenes.Safety()),
        ("safety-80", 80, scenes => scenes.Safety()),
        ("invite-80", 80, scenes => scenes.Invite()),
        ("story-80", 80, scenes => scenes.Story()),
    ];

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

        await KeptFile.HoldsAsync(
            "docs/images/terminal.svg",
            TerminalSvg.Of(
                await tmux.CaptureAsync("story-80", withStyles: true),
                80,
                await tmux.CursorAsync("story-80")
            )
        );
    }
}

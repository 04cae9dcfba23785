using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class PromptTypingTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _told = [];

    [Fact]
    public void Who_is_written_to_is_told_at_most_every_three_seconds_and_when_it_is_over()
    {
        var typing = new PromptTyping((name, active) => _told.Add($"{name} {active}"), _clock);

        foreach (var line in (string[])["s", "send bob", "send bob ", "send bob h", "send bob he"])
        {
            typing.LineIs(line);
        }

        Assert.Equal(["bob True"], _told);
        _clock.Advance(PromptTyping.Every - TimeSpan.FromMilliseconds(1));
        typing.LineIs("send bob hel");
        Assert.Equal(["bob True"], _told);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        typing.LineIs("send bob hell");
        Assert.Equal(["bob True", "bob True"], _told);
        typing.LineIs("");
        typing.LineIs("");
        Assert.Equal(["bob True", "bob True", "bob False"], _told);
    }

    [Fact]
    public void A_line_that_turns_to_somebody_else_is_told_to_both()
    {
        var typing = new PromptTyping((name, active) => _told.Add($"{name} {active}"), _clock);

        foreach (var line in (string[])["send bob hello", "send bobby hello", "history bobby", "send no_ hello"])
        {
            typing.LineIs(line);
        }

        Assert.Equal(["bob True", "bob False", "bobby True", "bobby False", "no_ True"], _told);
    }

    [Fact]
    public async Task The_other_side_is_told_that_a_person_at_a_terminal_types_unless_that_is_not_wanted()
    {
        await using var uma = await PeerAtTerminal.StartAsync(peers, "uma", "val");

        await uma.Terminal.TypeAsync("send val I am");
        Assert.True((await uma.HearsTypingAsync()).Active);
        await uma.Terminal.TypeAsync("\u0015");
        Assert.False((await uma.HearsTypingAsync()).Active);

        await uma.Terminal.TypeAsync("set typing off\r");
        await uma.Terminal.ShowsAsync(screen => screen.Lines.Contains("typing is now off."), "it is set");
        await uma.Terminal.TypeAsync("send val in secret");
        await uma.Terminal.ShowsPromptAsync("uma> send val in secret");
        await uma.Terminal.TypeAsync("\r");
        Assert.Equal("in secret", (await uma.HearsAsync<PeerEvent.MessageReceived>()).Message.Text);
        Assert.DoesNotContain(uma.Told, told => told is PeerEvent.Typing);
    }

    /// <summary>Somebody at a terminal, connected to a peer that listens.</summary>
    private sealed class PeerAtTerminal(PseudoTerminal terminal, TestPeer other, EventListener events)
        : IAsyncDisposable
    {
        public PseudoTerminal Terminal { get; } = terminal;

        /// <summary>What the other has been told and nobody has waited for.</summary>
        public List<PeerEvent> Told { get; } = [];

        public static async Task<PeerAtTerminal> StartAsync(ConsolePeers peers, string name, string otherName)
        {
            var other = await TestPeer.StartAsync(otherName, peers.Directory.Url, settings: [("Accept", "all")]);
            await other.RegisteredAsync();
            var started = new PeerAtTerminal(new PseudoTerminal(peers.Arguments(name)), other, other.Events.Listen(0)!);
            await started.Terminal.ShowsPromptAsync($"{name}>");
            await started.Terminal.TypeAsync($"connect {otherName}\r");
            await started.Terminal.ShowsAsync(
                screen => screen.Lines.Contains($"* connected to {otherName}"),
                "the two are connected"
            );
            return started;
        }

        public Task<PeerEvent.Typing> HearsTypingAsync() => HearsAsync<PeerEvent.Typing>();

        public async Task<T> HearsAsync<T>()
            where T : PeerEvent
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (true)
            {
                var (_, told) = await events.Reader.ReadAsync(limit.Token);
                if (told is T awaited)
                {
                    return awaited;
                }

                Told.Add(told);
            }
        }

        public async ValueTask DisposeAsync()
        {
            events.Dispose();
            await Terminal.DisposeAsync();
            await other.DisposeAsync();
        }
    }
}

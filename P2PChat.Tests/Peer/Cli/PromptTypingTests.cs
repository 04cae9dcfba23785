using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class PromptTypingTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private readonly FakeTimeProvider _timeProvider = new();
    private readonly List<string> _notifications = [];

    [Fact]
    public void Typing_is_repeated_after_three_seconds_and_ended()
    {
        var typing = new PromptTyping(
            CommandParser.Parse,
            _ => null,
            (name, active) => _notifications.Add($"{name} {active}"),
            _timeProvider
        );

        foreach (var line in (string[])["s", "send bob", "send bob ", "send bob h", "send bob he"])
        {
            typing.OnLineChanged(line);
        }

        Assert.Equal(["bob True"], _notifications);
        _timeProvider.Advance(PromptTyping.Interval - TimeSpan.FromMilliseconds(1));
        typing.OnLineChanged("send bob hel");
        Assert.Equal(["bob True"], _notifications);
        _timeProvider.Advance(TimeSpan.FromMilliseconds(1));
        typing.OnLineChanged("send bob hell");
        Assert.Equal(["bob True", "bob True"], _notifications);
        typing.OnLineChanged("");
        typing.OnLineChanged("");
        Assert.Equal(["bob True", "bob True", "bob False"], _notifications);
    }

    [Fact]
    public void Changed_recipient_notifies_both()
    {
        var typing = new PromptTyping(
            CommandParser.Parse,
            _ => null,
            (name, active) => _notifications.Add($"{name} {active}"),
            _timeProvider
        );

        foreach (var line in (string[])["send bob hello", "send bobby hello", "history bobby", "send no_ hello"])
        {
            typing.OnLineChanged(line);
        }

        Assert.Equal(["bob True", "bob False", "bobby True", "bobby False", "no_ True"], _notifications);
    }

    [Fact]
    public async Task Typing_at_a_terminal_is_sent_unless_turned_off()
    {
        await using var uma = await PeerAtTerminal.StartAsync(peers, "uma", "val");

        await uma.Terminal.TypeAsync("send val I am");
        Assert.True((await uma.ReceivesTypingAsync()).Active);
        await uma.Terminal.TypeAsync("\u0015");
        Assert.False((await uma.ReceivesTypingAsync()).Active);

        await uma.Terminal.TypeAsync("set typing off\r");
        await uma.Terminal.ShowsAsync(screen => screen.Untimed.Contains("typing is now off."), "it is set");
        await uma.Terminal.TypeAsync("send val in secret");
        await uma.Terminal.ShowsPromptAsync("uma> send val in secret");
        await uma.Terminal.TypeAsync("\r");
        Assert.Equal("in secret", (await uma.ReceivesAsync<PeerEvent.MessageReceived>()).Message.Text);
        Assert.DoesNotContain(uma.Notifications, notification => notification is PeerEvent.Typing);
    }

    /// <summary>A peer at a terminal, connected to a peer whose events are recorded.</summary>
    private sealed class PeerAtTerminal(PseudoTerminal terminal, TestPeer other, EventListener events)
        : IAsyncDisposable
    {
        public PseudoTerminal Terminal { get; } = terminal;

        /// <summary>Events of the other peer that no test has waited for.</summary>
        public List<PeerEvent> Notifications { get; } = [];

        public static async Task<PeerAtTerminal> StartAsync(ConsolePeers peers, string name, string otherName)
        {
            var other = await TestPeer.StartAsync(otherName, peers.Directory.Url, settings: [("Accept", "all")]);
            await other.RegisteredAsync();
            var started = new PeerAtTerminal(new PseudoTerminal(peers.Arguments(name)), other, other.Events.Listen(0)!);
            await started.Terminal.ShowsPromptAsync($"{name}>");
            await started.Terminal.TypeAsync($"connect {otherName}\r");
            await started.Terminal.ShowsAsync(
                screen => screen.Untimed.Contains($"* connected to {otherName}"),
                "the two are connected"
            );
            return started;
        }

        public Task<PeerEvent.Typing> ReceivesTypingAsync() => ReceivesAsync<PeerEvent.Typing>();

        public async Task<T> ReceivesAsync<T>()
            where T : PeerEvent
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (true)
            {
                var (_, received) = await events.Reader.ReadAsync(limit.Token);
                if (received is T awaited)
                {
                    return awaited;
                }

                Notifications.Add(received);
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

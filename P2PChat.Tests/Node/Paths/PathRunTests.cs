using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Paths between peers that cannot be dialled.</summary>
public sealed class PathRunTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Relayed_conversation_moves_to_a_punched_path()
    {
        await using var alice = await PathPeers.StartAsync(directory, "alice");
        await using var bob = await PathPeers.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        Assert.Equal((PathKind.Relayed, PathKind.Relayed), (alice.PathTo(bob), bob.PathTo(alice)));
        await Eventually.True(
            () =>
                alice.LastOutcomes(bob) is { Count: > 0 } outcomes
                && outcomes.Contains("Direct ForbiddenPort")
                && outcomes.Contains("Relayed Authenticated"),
            PeerUnderTest.Soon,
            $"the report shows both candidates: {string.Join(", ", alice.LastOutcomes(bob))}"
        );

        alice.OfferPort();
        bob.OfferPort();
        var sending = SendAsync(alice, bob, 50);
        alice.SearchNow();
        var moved = await alice.Expect<PeerEvent.PathChanged>();
        Assert.True(moved.Path == PathKind.Punched, $"{moved.Path}: {string.Join(", ", alice.LastOutcomes(bob))}");
        Assert.Equal(PathKind.Punched, (await bob.Expect<PeerEvent.PathChanged>()).Path);
        await sending;
        await ExpectInOrderAsync(bob, 50);
        await Eventually.True(
            () => (alice.Links.Count, bob.Links.Count) == (1, 1),
            PeerUnderTest.Soon,
            "the relayed link is closed"
        );
        Assert.Empty(alice.Rest().OfType<PeerEvent.Disconnected>());
    }

    [Fact]
    public async Task Punched_path_needs_no_relay()
    {
        await using var alice = await PathPeers.StartAsync(directory, "agnes", options => options.Relay = false);
        await using var bob = await PathPeers.StartAsync(directory, "bernd");
        alice.OfferPort();
        bob.OfferPort();
        await alice.ConnectAsync(bob);
        Assert.Equal((PathKind.Punched, PathKind.Punched), (alice.PathTo(bob), bob.PathTo(alice)));
        await SendAsync(alice, bob, 1);
        await SendAsync(bob, alice, 1);
        await ExpectInOrderAsync(bob, 1);
        await ExpectInOrderAsync(alice, 1);
    }

    [Fact]
    public async Task Peers_that_call_each_other_at_once_share_one_path()
    {
        await using var alice = await PathPeers.StartAsync(directory, "anja");
        await using var bob = await PathPeers.StartAsync(directory, "bjarne");
        alice.OfferPort();
        bob.OfferPort();
        await Task.WhenAll(
            alice.Connections.ConnectAsync(bob.Name, CancellationToken.None),
            bob.Connections.ConnectAsync(alice.Name, CancellationToken.None)
        );
        await Eventually.True(
            () =>
                alice.IsConnectedTo(bob)
                && bob.IsConnectedTo(alice)
                && (alice.Links.Count, bob.Links.Count) == (1, 1)
                && alice.PathTo(bob) == PathKind.Punched,
            PeerUnderTest.Soon,
            "one punched link connects the two"
        );
        await SendAsync(alice, bob, 3);
        await ExpectInOrderAsync(bob, 3);
        Assert.Empty(alice.Rest().Concat(bob.Rest()).OfType<PeerEvent.Disconnected>());
    }

    [Fact]
    public async Task Path_that_stops_carrying_gives_way_to_the_relay()
    {
        await using var proxy = new FreezableProxy();
        await using var alice = await PathPeers.StartAsync(directory, "alma", Persistent);
        await using var bob = await PathPeers.StartAsync(directory, "bruno", options =>
        {
            Persistent(options);
            options.Advertise = $"127.0.0.1:{proxy.Port}";
        });
        proxy.ForwardTo(bob.Listener.Port);
        await alice.ConnectAsync(bob);
        Assert.Equal((PathKind.Direct, PathKind.Direct), (alice.PathTo(bob), bob.PathTo(alice)));

        await proxy.FreezeAsync();
        await SendAsync(alice, bob, 3);
        await ExpectInOrderAsync(bob, 3);
        await SendAsync(bob, alice, 3);
        await ExpectInOrderAsync(alice, 3);
        Assert.Equal((PathKind.Relayed, PathKind.Relayed), (alice.PathTo(bob), bob.PathTo(alice)));

        static void Persistent(PeerOptions options) =>
            (options.Reconnect, options.AnswerTimeout, options.ProbeTimeout) = (
                true,
                TimeSpan.FromSeconds(0.5),
                TimeSpan.FromSeconds(0.5)
            );
    }

    private static async Task SendAsync(PeerUnderTest from, PeerUnderTest to, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _ = await from.Messages.SendAsync(to.Name, $"{i}", null);
        }
    }

    private static async Task ExpectInOrderAsync(PeerUnderTest peer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal($"{i}", (await peer.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }

        Assert.Empty(peer.Rest().OfType<PeerEvent.MessageReceived>());
    }
}

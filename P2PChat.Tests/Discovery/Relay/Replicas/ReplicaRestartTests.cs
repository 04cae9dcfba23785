using P2PChat.Discovery.Hosting;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Node.Paths;

namespace P2PChat.Tests.Discovery.Relay.Replicas;

/// <summary>A relayed conversation across two replicas, which run as processes with one Redis.</summary>
public sealed class ReplicaRestartTests
{
    [Fact]
    public async Task Relayed_conversation_survives_the_loss_of_either_replica()
    {
        await using var redis = await RedisServer.StartAsync();
        Uri[] addresses = [Address(), Address()];
        var replicas = await Task.WhenAll(addresses.Select(StartAsync));
        try
        {
            // Alice's calls arrive at the first replica, which holds the session, and bob's at the second. They are
            // ephemeral, so no message travels by mail.
            await using var near = new ReplicaBalancer(addresses[0], addresses[1]);
            await using var far = new ReplicaBalancer(addresses[1], addresses[0]);
            await using var alice = await PathPeers.StartAsync(near.Address, "alice", Persistent);
            await using var bob = await PathPeers.StartAsync(far.Address, "bob", Persistent);
            await alice.ConnectAsync(bob);
            await ExchangeAsync(alice, bob, 0, () => Task.CompletedTask);
            Assert.Equal((0, 0), (near.Accepted[1], far.Accepted[1]));

            // Kills the replica that forwards bob's leg.
            await ExchangeAsync(alice, bob, 1, async () => await replicas[1].DisposeAsync());
            Assert.True(far.Accepted[1] > 0);
            replicas[1] = await StartAsync(addresses[1]);

            // A rolling restart ends the replica that holds the session.
            await ExchangeAsync(alice, bob, 2, async () => Assert.Equal(0, await replicas[0].EndAsync()));
            Assert.True(near.Accepted[1] > 0);
        }
        finally
        {
            await Task.WhenAll(replicas.Select(async replica => await replica.DisposeAsync()));
        }

        Task<ProductProcess> StartAsync(Uri address) =>
            ProductProcess.StartAsync(
                typeof(DiscoveryApp).Assembly.Location,
                address,
                $"--urls={address}",
                $"--ConnectionStrings:redis={redis.ConnectionString}",
                "--Directory:RateLimits:Enabled=false"
            );

        static void Persistent(PeerOptions options) => options.Reconnect = true;
    }

    /// <summary>Sends messages both ways around an event, and expects all of them, once and in order.</summary>
    private static async Task ExchangeAsync(PeerUnderTest alice, PeerUnderTest bob, int round, Func<Task> happens)
    {
        const int Count = 30;
        await SendAsync(0, Count / 3);
        var happening = happens();
        await SendAsync(Count / 3, 2 * Count / 3);
        await happening;
        await SendAsync(2 * Count / 3, Count);
        foreach (var peer in new[] { alice, bob })
        {
            for (var i = 0; i < Count; i++)
            {
                var received = await peer.Expect<PeerEvent.MessageReceived>();
                Assert.Equal($"{round} {i}", received.Message.Text);
            }

            Assert.Empty(peer.Rest().OfType<PeerEvent.MessageReceived>());
        }

        Assert.Equal((PathKind.Relayed, PathKind.Relayed), (alice.PathTo(bob), bob.PathTo(alice)));

        async Task SendAsync(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                _ = await alice.Messages.SendAsync(bob.Name, $"{round} {i}", null);
                _ = await bob.Messages.SendAsync(alice.Name, $"{round} {i}", null);
            }
        }
    }

    private static Uri Address() => new($"http://127.0.0.1:{LoopbackPort.Next()}");
}

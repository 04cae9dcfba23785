using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>An attacker on the network path between two peers.</summary>
public sealed class NetworkTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const string Text = "the treasure lies under the old oak";

    [Fact]
    public async Task Eavesdropper_learns_neither_texts_nor_names()
    {
        using var network = new Eavesdropper();
        await using var bob = await BehindAsync(network, "bob-behind");
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice-before");
        await alice.ConnectAsync(bob);

        _ = alice.Messages.Send(bob.Name, Text);
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == Text);

        Assert.InRange(network.Seen.Length, 1000, int.MaxValue);
        foreach (var secret in new[] { Text, alice.Name.Value, bob.Name.Value, alice.Id.ToString(), bob.Id.ToString() })
        {
            Assert.Equal(-1, network.Seen.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)));
        }

        Assert.Equal(-1, network.Seen.AsSpan().IndexOf(bob.Id.Bytes));
    }

    [Fact]
    public async Task Tampered_bytes_are_rejected_and_the_message_is_resent()
    {
        using var network = new Eavesdropper();
        await using var bob = await BehindAsync(network, "bob-spoilt");
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice-spoilt");
        await alice.ConnectAsync(bob);

        network.Spoil();
        _ = alice.Messages.Send(bob.Name, Text);

        _ = await bob.Expect<PeerEvent.Disconnected>();
        _ = await alice.Expect<PeerEvent.Disconnected>();
        Assert.Empty(bob.Rest().OfType<PeerEvent.MessageReceived>());
    }

    [Fact]
    public async Task Recorded_bytes_cannot_be_replayed()
    {
        using var network = new Eavesdropper();
        await using var bob = await BehindAsync(network, "bob-again");
        await using (var alice = await PeerUnderTest.StartAsync(directory, "alice-again"))
        {
            await alice.ConnectAsync(bob);
            _ = alice.Messages.Send(bob.Name, Text);
            _ = await bob.Expect<PeerEvent.MessageReceived>();
        }

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, bob.Listener.Port);
        await socket.SendAsync(network.FromDialler);

        await Eventually.True(
            () => socket.Poll(0, SelectMode.SelectRead),
            PeerUnderTest.Soon,
            "it is answered or hung up on"
        );
        await Eventually.True(() => bob.Links.Count == 0, PeerUnderTest.Soon, "no link is left");
        Assert.Empty(bob.Rest().OfType<PeerEvent.MessageReceived>());
    }

    private async Task<PeerUnderTest> BehindAsync(Eavesdropper network, string name)
    {
        var peer = await PeerUnderTest.StartAsync(directory, name, options =>
        {
            options.Accept = AcceptMode.All;
            options.Advertise = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{network.Port}");
        });
        _ = network.RunAsync(peer.Listener.Port);
        return peer;
    }
}

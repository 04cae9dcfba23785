using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Paths;

namespace P2PChat.Tests.Node.Services;

/// <summary>A peer whose user hides and shows the address during a conversation.</summary>
public sealed class HiddenAddressTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const int Count = 60;

    [Fact]
    public async Task Conversation_moves_to_the_relay_and_back_without_a_loss()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", Persistent);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", Persistent);
        await alice.ConnectAsync(bob);
        await PathBecomesAsync(alice, bob, PathKind.Direct);
        using var waiting = await ConnectAsync(alice.Listener.Port);

        var hiding = Task.WhenAll(SendAsync(alice, bob, "a"), SendAsync(bob, alice, "b"));
        alice.Settings.Set("hide-address", "on");
        Assert.Equal(0, await ReadToEndAsync(waiting));
        await AssertClosedAsync(alice.Listener.Port);
        await PathBecomesAsync(alice, bob, PathKind.Relayed);
        await hiding;
        await ExpectInOrderAsync(bob, "a");
        await ExpectInOrderAsync(alice, "b");
        await Eventually.True(
            () => (alice.Links.Count, bob.Links.Count) == (1, 1),
            PeerUnderTest.Soon,
            "only the link over the relay stays"
        );
        await AssertClosedAsync(alice.Listener.Port);

        var showing = Task.WhenAll(SendAsync(alice, bob, "c"), SendAsync(bob, alice, "d"));
        alice.Settings.Set("hide-address", "off");
        await PathBecomesAsync(alice, bob, PathKind.Direct);
        await showing;
        await ExpectInOrderAsync(bob, "c");
        await ExpectInOrderAsync(alice, "d");
        using var raw = new RawPeer("rhea");
        using var link = await raw.DialAsync(alice.Listener.Port);
    }

    [Fact]
    public async Task Hidden_peer_keeps_its_port_and_opens_it_later()
    {
        var port = LoopbackPort.Next();
        await using (var alice = await PeerUnderTest.StartAsync(directory, "anna", Hidden))
        {
            await AssertClosedAsync(port);
            Assert.Null(alice.Status.Endpoint);
            alice.Settings.Set("hide-address", "off");
            Assert.EndsWith($":{port}", alice.Status.Endpoint, StringComparison.Ordinal);
            using var open = await ConnectAsync(port);
            alice.Settings.Set("hide-address", "on");
            Assert.Equal(0, await ReadToEndAsync(open));
            await AssertClosedAsync(port);
        }

        // A port in use is refused at the start, even while the address is hidden.
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, port));
        other.Listen();
        _ = await Assert.ThrowsAsync<PeerStartException>(() => PeerUnderTest.StartAsync(directory, "anna", Hidden));

        void Hidden(PeerOptions options) => (options.HideAddress, options.Port) = (true, port);
    }

    private static void Persistent(PeerOptions options) =>
        (options.Reconnect, options.ReconnectAfter) = (true, TimeSpan.FromMilliseconds(400));

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task AssertClosedAsync(int port)
    {
        var refused = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(port));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    /// <returns>The number of bytes received before the end.</returns>
    private static async Task<int> ReadToEndAsync(Socket socket)
    {
        using var timeout = new CancellationTokenSource(PeerUnderTest.Soon);
        var (buffer, count) = (new byte[1024], 0);
        try
        {
            while (await socket.ReceiveAsync(buffer, timeout.Token) is var received and > 0)
            {
                count += received;
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A reset ends the connection as well.
        }

        return count;
    }

    private static Task PathBecomesAsync(PeerUnderTest alice, PeerUnderTest bob, PathKind path) =>
        Eventually.True(
            () => (alice.PathTo(bob), bob.PathTo(alice)) == (path, path),
            PeerUnderTest.Soon,
            $"the path is {path}"
        );

    private static async Task SendAsync(PeerUnderTest from, PeerUnderTest to, string prefix)
    {
        for (var i = 0; i < Count; i++)
        {
            _ = await from.Messages.SendAsync(to.Name, $"{prefix}{i}", null);
        }
    }

    private static async Task ExpectInOrderAsync(PeerUnderTest peer, string prefix)
    {
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal($"{prefix}{i}", (await peer.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }

        Assert.Empty(peer.Rest().OfType<PeerEvent.MessageReceived>());
    }
}

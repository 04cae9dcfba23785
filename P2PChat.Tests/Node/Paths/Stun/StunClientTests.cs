using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Paths.Stun;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>The STUN client on real sockets: lost packets, strangers, and coturn's server.</summary>
public sealed class StunClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Lost_request_is_sent_again_and_strangers_are_ignored()
    {
        await using var server = FakeStun.Start();
        var lost = 0;
        server.Map = arrival => Interlocked.Increment(ref lost) == 1 ? null : arrival.Client;
        using var patience = new CancellationTokenSource(Patience);
        var address = new IPEndPoint(IPAddress.Loopback, server.Ports[0]);
        await using var client = StunUdpSocket.Open(address, TimeProvider.System);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await stranger.SendToAsync(new byte[40], client.Local);

        var reply = await client.AskAsync(address, padded: false, patience.Token);

        Assert.Equal((client.Local, null, null), (reply.Mapped, reply.Other, reply.RoundTrip));
        Assert.Equal(2, server.Arrivals.Count);
    }

    [Fact]
    public async Task Server_that_ends_the_connection_is_reported()
    {
        await using var server = FakeStun.Start();
        using var patience = new CancellationTokenSource(Patience);
        using var connection = await ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Ports[0]), patience.Token);
        Assert.Equal(connection.Local, (await connection.AskAsync(patience.Token)).Mapped);

        server.Disconnect();

        await Assert.ThrowsAsync<StunException>(() => connection.AskAsync(patience.Token));
    }

    [Fact]
    [Trait("Requires", "Coturn")]
    public async Task Coturn_server_agrees_with_the_client()
    {
        var (port, other) = (LoopbackPort.Next(), LoopbackPort.Next());
        var address = new IPEndPoint(IPAddress.Loopback, port);
        using var patience = new CancellationTokenSource(Patience);
        await using var client = StunUdpSocket.Open(address, TimeProvider.System);
        await using var server = await ProductProcess.StartCommandAsync(
            Coturn.Command(port, other),
            async _ => (await client.AskAsync(address, padded: false, patience.Token)).Mapped.Equals(client.Local),
            new Dictionary<string, string>()
        );

        var alternate = new IPEndPoint(IPAddress.Parse("127.0.0.2"), other);
        Assert.Equal(alternate, (await client.AskAsync(address, padded: true, patience.Token)).Other);
        Assert.Equal(client.Local, (await client.AskAsync(alternate, padded: false, patience.Token)).Mapped);

        using var connection = await ConnectAsync(address, patience.Token);
        var reply = await connection.AskAsync(patience.Token);
        Assert.Equal(connection.Local, reply.Mapped);
        Assert.NotNull(reply.RoundTrip);
    }

    private static async Task<StunTcpConnection> ConnectAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken);
        return new StunTcpConnection(socket, TimeProvider.System);
    }
}

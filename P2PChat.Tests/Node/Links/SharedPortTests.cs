using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Tests.Node.Links;

/// <summary>The listener's port, from which other sockets connect.</summary>
public sealed class SharedPortTests
{
    [Fact]
    public async Task Second_program_on_the_port_is_refused()
    {
        using var identity = PeerIdentity.Create();
        await using var first = new PunchSide(identity);
        using var target = Listen();
        using var held = await first.Port.ConnectAsync((IPEndPoint)target.LocalEndPoint!, CancellationToken.None);

        var refused = Assert.Throws<PeerStartException>(() => new PunchSide(identity, first.Listener.Port));

        Assert.Equal(
            $"Port {first.Listener.Port} is in use by another program. "
                + "Choose another port, or 0 for any free port.",
            refused.Message
        );
    }

    [Fact]
    public void Port_of_a_program_that_does_not_share_is_refused()
    {
        using var identity = PeerIdentity.Create();
        using var other = Listen();

        _ = Assert.Throws<PeerStartException>(() => new PunchSide(identity, ((IPEndPoint)other.LocalEndPoint!).Port));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sockets_connect_from_the_port_again_and_again(bool isDiscarded)
    {
        var options = new PeerOptions { LocalOnly = true };
        using var direct = new DirectAccess(new Preferences(null, options));
        var port = new SharedPort(options, direct, NullLogger<SharedPort>.Instance);
        using var listening = port.Reserve();
        port.Listen(listening);
        Assert.True(port.IsShared);
        using var target = Listen();
        for (var i = 0; i < 3; i++)
        {
            using var socket = await port.ConnectAsync((IPEndPoint)target.LocalEndPoint!, CancellationToken.None);
            using var accepted = await target.AcceptAsync();
            Assert.Equal(port.Port, ((IPEndPoint)accepted.RemoteEndPoint!).Port);
            if (isDiscarded)
            {
                SharedPort.Discard(socket);
            }
        }
    }

    private static Socket Listen()
    {
        var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        target.Listen();
        return target;
    }
}

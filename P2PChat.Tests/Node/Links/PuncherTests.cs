using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Links;

/// <summary>Simultaneous opens between two peers on loopback.</summary>
public sealed class PuncherTests
{
    private static readonly TimeSpan Soon = PeerUnderTest.Soon;

    [Fact]
    public async Task Both_sides_take_the_same_connection_each_time()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        for (var i = 0; i < 60; i++)
        {
            // From both at once to one side a little later, in which case its listener accepts.
            await using var ofLow = low.Puncher.Begin(high.Identity.PeerId, [high.Address]);
            await using var ofHigh = high.Puncher.Begin(low.Identity.PeerId, [low.Address]);
            var first = i % 2 == 0 ? ofLow : ofHigh;
            var second = i % 2 == 0 ? ofHigh : ofLow;
            var trying = first.TryAsync(CancellationToken.None);
            Thread.SpinWait(i / 2 * 2_000);
            var attempts = await second.TryAsync(CancellationToken.None).WaitAsync(Soon);
            await Task.WhenAll(ofLow.Authenticated, ofHigh.Authenticated).WaitAsync(Soon);

            await using var lows = ofLow.TryTake()!.Value.Channel;
            await using var highs = ofHigh.TryTake()!.Value.Channel;

            Assert.Equal((TlsRole.Client, high.Identity.PeerId), (lows.Role, lows.Remote));
            Assert.Equal((TlsRole.Server, low.Identity.PeerId), (highs.Role, highs.Remote));
            Assert.Null(ofLow.TryTake());
            await AssertSameAsync(lows, highs);
            Assert.Single(attempts);
            Assert.Single(await trying);
        }

        Assert.Equal(0, low.Inbound.Reader.Count + high.Inbound.Reader.Count);
    }

    [Fact]
    public async Task Without_a_NAT_one_connecting_side_is_enough()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        await using var ofLow = low.Puncher.Begin(high.Identity.PeerId, [high.Address]);
        await using var ofHigh = high.Puncher.Begin(low.Identity.PeerId, [low.Address]);

        var attempts = await ofHigh.TryAsync(CancellationToken.None).WaitAsync(Soon);
        await ofLow.Authenticated.WaitAsync(Soon);

        Assert.Equal(PathOutcome.Authenticated, Assert.Single(attempts).Outcome);
        Assert.Equal(PathKind.Punched, ofLow.TryTake()!.Value.Channel.Path);
    }

    [Fact]
    public async Task Closed_channel_leaves_its_addresses_free()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        await using var ofLow = low.Puncher.Begin(high.Identity.PeerId, [high.Address]);
        await using var ofHigh = high.Puncher.Begin(low.Identity.PeerId, [low.Address]);
        _ = await ofLow.TryAsync(CancellationToken.None).WaitAsync(Soon);
        await ofHigh.Authenticated.WaitAsync(Soon);
        await using var lows = ofLow.TryTake()!.Value.Channel;
        await using var highs = ofHigh.TryTake()!.Value.Channel;
        await AssertSameAsync(lows, highs);

        await lows.DisposeAsync();
        await highs.DisposeAsync();

        // A connection in TIME-WAIT counts as active.
        Assert.DoesNotContain(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections(), connection =>
            connection.LocalEndPoint.Port == low.Address.Port && connection.RemoteEndPoint.Port == high.Address.Port
        );
    }

    [Fact]
    public async Task Direct_dial_during_a_punch_finds_a_TLS_server_on_either_side()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        await using var ofLow = low.Puncher.Begin(high.Identity.PeerId, [high.Address]);
        await using var ofHigh = high.Puncher.Begin(low.Identity.PeerId, [low.Address]);

        using var toLow = await DialAsync(low.Address, high.Identity, low.Identity);
        using var inbound = await low.Inbound.Reader.ReadAsync().AsTask().WaitAsync(Soon);
        Assert.Equal(TlsRole.Server, inbound.Role);

        using var toHigh = await DialAsync(high.Address, low.Identity, high.Identity);
        await ofHigh.Authenticated.WaitAsync(Soon);
        using var taken = ofHigh.TryTake()!.Value.Channel;
        await AssertSameAsync(taken, toHigh);

        // A second one is inbound, because the first has ended the run.
        using var again = await DialAsync(high.Address, low.Identity, high.Identity);
        using var second = await high.Inbound.Reader.ReadAsync().AsTask().WaitAsync(Soon);
    }

    [Fact]
    public async Task Connection_chosen_by_the_lower_PeerId_outlives_the_other_run()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        target.Listen();
        await using (var ofHigh = high.Puncher.Begin(low.Identity.PeerId, [(IPEndPoint)target.LocalEndPoint!]))
        {
            var trying = ofHigh.TryAsync(CancellationToken.None);
            var punched = await target.AcceptAsync();
            using var direct = await DialAsync(high.Address, low.Identity, high.Identity);
            await ofHigh.Authenticated.WaitAsync(Soon);
            using var first = ofHigh.TryTake()!.Value.Channel;
            Assert.Equal(PathOutcome.Superseded, Assert.Single(await trying.WaitAsync(Soon)).Outcome);
            await ofHigh.DisposeAsync();

            using var chosen = await TlsChannel
                .AuthenticateAsync(
                    ChannelTransport.Over(punched),
                    TlsRole.Client,
                    low.Identity,
                    high.Identity.PeerId,
                    CancellationToken.None
                )
                .WaitAsync(Soon);
            using var inbound = await high.Inbound.Reader.ReadAsync().AsTask().WaitAsync(Soon);
            await AssertSameAsync(inbound, chosen);
            await AssertSameAsync(first, direct);
        }
    }

    [Fact]
    public async Task Silent_connection_from_another_port_makes_the_lower_PeerId_the_client()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        // As behind a NAT with another port for each destination.
        await using var ofLow = low.Puncher.Begin(high.Identity.PeerId, [new(IPAddress.Loopback, 9)]);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(low.Address);

        using var server = await TlsChannel
            .AuthenticateAsync(
                ChannelTransport.Over(socket),
                TlsRole.Server,
                high.Identity,
                low.Identity.PeerId,
                CancellationToken.None
            )
            .WaitAsync(Soon);
        await ofLow.Authenticated.WaitAsync(Soon);

        using var client = ofLow.TryTake()!.Value.Channel;
        await AssertSameAsync(client, server);
    }

    [Fact]
    public async Task Other_hosts_at_the_targets_are_reported_and_do_not_stop_the_peer()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        using var stranger = PeerIdentity.Create();
        await using var other = new PunchSide(stranger);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        IPEndPoint[] targets = [(IPEndPoint)closed.LocalEndPoint!, other.Address];

        await using (var ofLow = low.Puncher.Begin(high.Identity.PeerId, targets))
        {
            var attempts = await ofLow.TryAsync(CancellationToken.None).WaitAsync(Soon);

            Assert.Equal([PathOutcome.Refused, PathOutcome.WrongIdentity], attempts.Select(attempt => attempt.Outcome));
            Assert.Null(ofLow.TryTake());
        }

        // The silent host takes the first turn, and a few seconds.
        await using var run = low.Puncher.Begin(
            high.Identity.PeerId,
            [(IPEndPoint)silent.LocalEndPoint!, high.Address]
        );
        await using var ofHigh = high.Puncher.Begin(low.Identity.PeerId, [low.Address]);
        var results = await run.TryAsync(CancellationToken.None).WaitAsync(Soon);
        Assert.Contains(PathOutcome.Authenticated, results.Select(result => result.Outcome));
        await ofHigh.Authenticated.WaitAsync(Soon);
    }

    [Fact]
    public async Task Cancelled_and_disposed_runs_leave_nothing_behind()
    {
        var (low, high) = PunchSide.Pair();
        await using var both = new Both(low, high);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        using var cancelled = new CancellationTokenSource();
        var run = low.Puncher.Begin(high.Identity.PeerId, [(IPEndPoint)silent.LocalEndPoint!]);
        var trying = run.TryAsync(cancelled.Token);
        using var accepted = await silent.AcceptAsync();
        Assert.Equal(1, await accepted.ReceiveAsync(new byte[1]).WaitAsync(Soon));

        await run.DisposeAsync();

        Assert.Equal(PathOutcome.Superseded, Assert.Single(await trying.WaitAsync(Soon)).Outcome);
        await cancelled.CancelAsync();
        await ReadToEndAsync(accepted);

        // TLS had begun. The same two addresses can be connected again at once.
        await using var next = low.Puncher.Begin(high.Identity.PeerId, [(IPEndPoint)silent.LocalEndPoint!]);
        var tryingAgain = next.TryAsync(CancellationToken.None);
        using var acceptedAgain = await silent.AcceptAsync().WaitAsync(Soon);
        await next.DisposeAsync();
        _ = await tryingAgain.WaitAsync(Soon);

        // An expected channel after the end goes the usual way.
        using var dialled = await DialAsync(low.Address, high.Identity, low.Identity);
        using var inbound = await low.Inbound.Reader.ReadAsync().AsTask().WaitAsync(Soon);
    }

    [Fact]
    public async Task TLS_server_that_expects_a_peer_refuses_another()
    {
        using var server = PeerIdentity.Create();
        using var client = PeerIdentity.Create();
        using var expected = PeerIdentity.Create();
        var (one, other) = await StallingStream.PairAsync();

        var serving = TlsChannel.AuthenticateAsync(
            ChannelTransport.Over(one, PathKind.Relayed),
            TlsRole.Server,
            server,
            expected.PeerId,
            CancellationToken.None
        );
        var asking = TlsChannel.AuthenticateAsync(
            ChannelTransport.Over(other, PathKind.Relayed),
            TlsRole.Client,
            client,
            server.PeerId,
            CancellationToken.None
        );

        var refused = await Assert.ThrowsAsync<TlsException>(() => serving.WaitAsync(Soon));
        Assert.Equal(TlsOutcome.WrongIdentity, refused.Outcome);
        // In TLS 1.3 the client has finished before the server sees its certificate.
        using var channel = await asking.WaitAsync(Soon);
        _ = await Assert.ThrowsAnyAsync<IOException>(() => channel.Stream.ReadExactlyAsync(new byte[1]).AsTask());
    }

    private static async Task<TlsChannel> DialAsync(IPEndPoint address, PeerIdentity self, PeerIdentity expected)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        return await TlsChannel
            .AuthenticateAsync(
                ChannelTransport.Over(socket),
                TlsRole.Client,
                self,
                expected.PeerId,
                CancellationToken.None
            )
            .WaitAsync(Soon);
    }

    // After a ClientHello comes the end, or a reset.
    private static async Task ReadToEndAsync(Socket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[4096]).WaitAsync(Soon) > 0)
            {
                // Ignore what arrives.
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The end.
        }
    }

    private static async Task AssertSameAsync(TlsChannel one, TlsChannel other)
    {
        foreach (var (from, to) in new[] { (one, other), (other, one) })
        {
            var sent = Guid.NewGuid().ToByteArray();
            var received = new byte[16];
            await from.Stream.WriteAsync(sent);
            await to.Stream.ReadExactlyAsync(received).AsTask().WaitAsync(Soon);
            Assert.Equal(sent, received);
        }
    }

    private sealed class Both(PunchSide one, PunchSide other) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await one.DisposeAsync();
            await other.DisposeAsync();
        }
    }
}

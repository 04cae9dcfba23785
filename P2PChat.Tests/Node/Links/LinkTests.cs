using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

/// <summary>Links with peers that violate the protocol or do not respond.</summary>
public sealed class LinkTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Message_before_the_accept_ends_the_link_and_is_dropped()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("hasty");
        await raw.RegisterAsync(directory);

        using var link = await raw.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Request>();
        await link.SendMessageAsync(1, 1, "let me in");
        Assert.Equal(CloseReason.ProtocolViolation, await link.ExpectCloseAsync());
        _ = await alice.Expect<PeerEvent.RequestWithdrawn>();
        Assert.Empty(alice.Rest().OfType<PeerEvent.MessageReceived>());
    }

    [Fact]
    public async Task Message_from_a_peer_that_has_not_accepted_ends_the_link()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("talker");
        await raw.RegisterAsync(directory);

        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        using var link = await raw.AcceptCallAsync();
        await link.SendHelloAsync(raw.Name);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Request);
        Assert.Equal(
            PeerError.NotConnected,
            Assert.Throws<PeerException>(() => alice.Messages.Send(raw.Name, "hello")).Error
        );

        await link.SendMessageAsync(1, 1, "hello");
        Assert.Equal([Frame.BodyOneofCase.Close], (await link.ReadToEndAsync()).Select(frame => frame.BodyCase));
        Assert.Equal(DisconnectReason.ProtocolError, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Empty(alice.Rest().OfType<PeerEvent.MessageReceived>());
    }

    [Fact]
    public async Task Invalid_frame_ends_the_link()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("noisy");
        using var tooLong = await raw.DialAsync(alice.Listener.Port);
        await tooLong.SendAsync(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF });
        Assert.Equal(CloseReason.BadFrame, await tooLong.ExpectCloseAsync());

        using var noMessage = await raw.DialAsync(alice.Listener.Port);
        await noMessage.SendAsync(new byte[] { 0, 0, 0, 2, 0xFF, 0xFF });
        Assert.Equal(CloseReason.BadFrame, await noMessage.ExpectCloseAsync());
    }

    [Fact]
    public async Task Stream_that_ends_inside_a_frame_is_a_protocol_error()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("cut-short");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Connected>();

        await link.SendAsync(new byte[] { 0, 0, 0, 9, 1 });
        await link.Stream.ShutdownAsync();
        Assert.Equal(CloseReason.BadFrame, await link.ExpectCloseAsync());
        Assert.Equal(DisconnectReason.ProtocolError, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    [Fact]
    public async Task Peer_that_is_silent_after_TLS_is_disconnected()
    {
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", timeProvider: clock);
        using var raw = new RawPeer("mute");
        using var link = await raw.DialAsync(alice.Listener.Port);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Hello);
        clock.LetPass(new PeerOptions().HandshakeTimeout);
        Assert.Equal(CloseReason.HandshakeTimeout, await link.ExpectCloseAsync());
        await Eventually.True(() => alice.Links.Count == 0, PeerUnderTest.Soon, "the link is removed");
    }

    [Fact]
    public async Task Silent_connections_are_limited_and_time_out()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
        {
            options.MaxUnauthenticatedPerAddress = 2;
            options.HandshakeTimeout = TimeSpan.FromSeconds(5);
        });
        using var first = await CallAsync(alice);
        using var second = await CallAsync(alice);
        using var third = await CallAsync(alice);
        Assert.Equal(0, await third.ReceiveAsync(new byte[1]));
        Assert.False(first.Poll(0, SelectMode.SelectRead), "an accepted connection has time left");

        // After the timeout the slots are free again.
        Assert.Equal(0, await first.ReceiveAsync(new byte[1]));
        Assert.Equal(0, await second.ReceiveAsync(new byte[1]));
        using var raw = new RawPeer("polite");
        await Eventually.True(
            async () =>
            {
                using var link = await raw.DialAsync(alice.Listener.Port);
                _ = await link.ExpectAsync(Frame.BodyOneofCase.Hello);
                return true;
            },
            PeerUnderTest.Soon,
            "the next connection is accepted"
        );
    }

    [Fact]
    public async Task Wall_clock_jump_does_not_end_a_link()
    {
        var clock = new SettableClock();
        // The directory refuses to unregister a peer whose clock is wrong, so no other test may use its name.
        await using var alice = await PeerUnderTest.StartAsync(directory, "skewed", timeProvider: clock);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await bob.ConnectAsync(alice);

        clock.PutForward(TimeSpan.FromHours(1));
        alice.Runtime.Tick();
        Assert.True(alice.IsConnectedTo(bob));
        Assert.Empty(alice.Rest().OfType<PeerEvent.Disconnected>());
    }

    [Fact]
    public async Task Silent_peer_is_disconnected_and_answering_peer_is_kept()
    {
        var (clock, options) = (new SettableClock(), new PeerOptions());
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            "alice",
            given => (given.Accept, given.WriteTimeout) = (AcceptMode.All, TimeSpan.FromMinutes(2)),
            timeProvider: clock
        );
        using var silent = new RawPeer("silent");
        using var lively = new RawPeer("lively");
        await silent.RegisterAsync(directory);
        await lively.RegisterAsync(directory);
        using var link = await silent.AskAsync(alice);
        using var other = await lively.AskAsync(alice);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Resume);
        _ = await other.ExpectAsync(Frame.BodyOneofCase.Resume);

        clock.LetPass(options.PingAfter);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Ping);
        _ = await other.ExpectAsync(Frame.BodyOneofCase.Ping);
        // The answer to a Ping after the Pong shows that the Pong has arrived.
        await other.SendAsync(new Frame { Pong = new Pong() });
        await other.SendAsync(new Frame { Ping = new Ping() });
        _ = await other.ExpectAsync(Frame.BodyOneofCase.Pong);

        clock.LetPass(options.DeadAfter - options.PingAfter);
        Assert.Equal(CloseReason.Silent, await link.ExpectCloseAsync());
        Assert.Equal(
            new PeerEvent.Disconnected(silent.Name, DisconnectReason.Silent),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Equal(Relation.Connected, alice.Connections.RelationTo(lively.Name));
    }

    [Fact]
    public async Task Ping_is_answered_with_a_Pong()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("pinging");
        using var link = await raw.DialAsync(alice.Listener.Port);
        await link.SendAsync(new Frame { Ping = new Ping() });
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Pong);
    }

    [Fact]
    public async Task Peer_that_stops_reading_is_dropped_without_blocking_others()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
        {
            options.Accept = AcceptMode.All;
            options.WriteTimeout = TimeSpan.FromSeconds(2);
        });
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await bob.ConnectAsync(alice);
        using var raw = new RawPeer("deaf");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        var resume = (await link.ExpectAsync(Frame.BodyOneofCase.Resume)).Resume;
        await link.SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = 7, SendBase = 1 },
            }
        );
        _ = await alice.Expect<PeerEvent.Connected>(connected => connected.With == raw.Name);

        // The peer acknowledges without reading, so that the socket fills up before the send window does.
        var text = new string('x', 60_000);
        var refused = false;
        for (ulong i = 1; i <= 300 && !refused; i++)
        {
            try
            {
                _ = alice.Messages.Send(raw.Name, text);
                await link.SendAsync(
                    new Frame
                    {
                        Ack = new Ack { Epoch = resume.SendEpoch, Next = i },
                    }
                );
            }
            catch (Exception exception) when (exception is PeerException or IOException)
            {
                refused = true;
            }

            if (i % 50 == 0)
            {
                bob.Messages.Send(alice.Name, $"still here {i}");
                _ = await alice.Expect<PeerEvent.MessageReceived>(received =>
                    received.Message.Text == $"still here {i}"
                );
            }
        }

        Assert.Equal(
            new PeerEvent.Disconnected(raw.Name, DisconnectReason.Overloaded),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.True(alice.IsConnectedTo(bob));
    }

    [Fact]
    public async Task Links_above_the_limit_are_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Accept, options.MaxLinks) = (AcceptMode.All, 1)
        );
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await bob.ConnectAsync(alice);

        using var raw = new RawPeer("one-too-many");
        using var link = await raw.DialAsync(alice.Listener.Port);
        Assert.Equal(CloseReason.Overloaded, await link.ExpectCloseAsync());
        await raw.RegisterAsync(directory);
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Connections.ConnectAsync(raw.Name, CancellationToken.None)
        );
        Assert.Equal(PeerError.TooManyLinks, refusal.Error);
    }

    private static async Task<Socket> CallAsync(PeerUnderTest peer)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, peer.Listener.Port);
        return socket;
    }
}

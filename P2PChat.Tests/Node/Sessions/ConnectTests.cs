using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Every outcome of an attempt to connect.</summary>
public sealed class ConnectTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Accepted_peers_exchange_messages()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        await ConnectAsync(alice, bob.Name);
        Assert.Equal(alice.Name, (await bob.Expect<PeerEvent.Request>()).From);
        Assert.Equal([alice.Name], bob.OpenRequests);
        bob.Connections.Accept(alice.Name);
        Assert.Equal(bob.Name, (await alice.Expect<PeerEvent.Connected>()).With);
        Assert.Equal(alice.Name, (await bob.Expect<PeerEvent.Connected>()).With);

        var sent = alice.Messages.Send(bob.Name, "hello");
        var received = (await bob.Expect<PeerEvent.MessageReceived>()).Message;
        Assert.Equal(
            (sent.Id, "hello", alice.Name, sent.SentAt),
            (received.Id, received.Text, received.From, received.SentAt)
        );
        // A receipt for "sent" may come first, if bob had not resumed yet when the message was sent.
        _ = await alice.Expect<PeerEvent.Receipt>(receipt =>
            receipt == new PeerEvent.Receipt(bob.Name, sent.Id, MessageState.Delivered)
        );

        bob.Messages.Send(alice.Name, "hello yourself");
        Assert.Equal("hello yourself", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
        Assert.Equal(
            ["hello", "hello yourself"],
            alice.Messages.Page(bob.Name, null, null, 10).Messages.Select(message => message.Text)
        );
        Assert.Empty(bob.OpenRequests);
    }

    [Fact]
    public async Task Request_times_out_even_if_links_never_do()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.RequestTimeout, options.DeadAfter) = (TimeSpan.FromMilliseconds(500), TimeSpan.MaxValue)
        );
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        await ConnectAsync(alice, bob.Name);

        _ = await alice.Expect<PeerEvent.Disconnected>();
    }

    [Fact]
    public async Task Request_to_oneself_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        Assert.Equal(PeerError.ToOneself, await RefusalAsync(alice, alice.Name));
        Assert.Equal(
            PeerError.ToOneself,
            Assert.Throws<PeerException>(() => alice.Messages.Send(alice.Name, "me")).Error
        );
    }

    [Fact]
    public async Task Request_to_an_unknown_name_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        Assert.Equal(PeerError.UnknownPeer, await RefusalAsync(alice, Username.Parse("nobody-at-all")));
    }

    [Fact]
    public async Task Request_to_a_peer_that_left_is_refused_as_offline()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using (
            await PeerUnderTest.StartAsync(directory, "leaver", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            )
        ) { }

        Assert.Equal(PeerError.PeerOffline, await RefusalAsync(alice, Username.Parse("leaver")));
    }

    [Fact]
    public async Task Peer_with_dead_addresses_is_reported_as_unreachable()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var dead = new RawPeer("dead");
        await dead.RegisterAsync(directory, LoopbackPort.Next());

        await ConnectAsync(alice, dead.Name);
        Assert.Equal(
            new PeerEvent.Disconnected(dead.Name, DisconnectReason.Unreachable),
            await alice.Expect<PeerEvent.Disconnected>()
        );

        // The attempt may be repeated.
        await ConnectAsync(alice, dead.Name);
        _ = await alice.Expect<PeerEvent.Disconnected>();
    }

    [Fact]
    public async Task Dial_tries_addresses_until_one_answers()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("second-address");
        await raw.RegisterAsync(directory, LoopbackPort.Next(), raw.Port);

        await ConnectAsync(alice, raw.Name);
        using var link = await raw.AcceptCallAsync();
        Assert.Equal(alice.Name.Value, (await link.ExpectAsync(Frame.BodyOneofCase.Hello)).Hello.Username);
    }

    [Fact]
    public async Task Dial_that_reaches_another_key_is_closed()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var honest = new RawPeer("honest");
        using var impostor = new RawPeer("impostor");
        await honest.RegisterAsync(directory, impostor.Port);

        await ConnectAsync(alice, honest.Name);
        using var link = await impostor.AcceptCallAsync();
        Assert.Equal(
            new PeerEvent.Disconnected(honest.Name, DisconnectReason.WrongIdentity),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Empty(await link.ReadToEndAsync());
    }

    [Fact]
    public async Task Dial_that_reaches_another_name_is_closed()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("two-faced");
        await raw.RegisterAsync(directory);

        await ConnectAsync(alice, raw.Name);
        using var link = await raw.AcceptCallAsync();
        await link.SendHelloAsync(Username.Parse("somebody-else"));
        Assert.Equal(CloseReason.NameMismatch, await link.ExpectCloseAsync());
        Assert.Equal(DisconnectReason.WrongIdentity, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    [Fact]
    public async Task Second_request_to_the_same_peer_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        await ConnectAsync(alice, bob.Name);
        Assert.Equal(PeerError.AlreadyAsked, await RefusalAsync(alice, bob.Name));
        _ = await bob.Expect<PeerEvent.Request>();
        bob.Connections.Accept(alice.Name);
        _ = await alice.Expect<PeerEvent.Connected>();
        Assert.Equal(PeerError.AlreadyConnected, await RefusalAsync(alice, bob.Name));
    }

    [Fact]
    public async Task Request_to_a_requesting_peer_accepts_its_request()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        await ConnectAsync(alice, bob.Name);
        _ = await bob.Expect<PeerEvent.Request>();
        await ConnectAsync(bob, alice.Name);
        _ = await alice.Expect<PeerEvent.Connected>();
        _ = await bob.Expect<PeerEvent.Connected>();
        Assert.Empty(bob.OpenRequests);
    }

    [Fact]
    public async Task Crossing_requests_are_accepted_by_both_peers()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        // Whether the requests cross or one arrives first, both peers must end up connected.
        await Task.WhenAll(ConnectAsync(alice, bob.Name), ConnectAsync(bob, alice.Name));
        _ = await alice.Expect<PeerEvent.Connected>();
        _ = await bob.Expect<PeerEvent.Connected>();

        alice.Messages.Send(bob.Name, "one");
        bob.Messages.Send(alice.Name, "two");
        Assert.Equal("one", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
        Assert.Equal("two", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
        await Eventually.True(
            () => alice.Links.Count == 1 && bob.Links.Count == 1,
            PeerUnderTest.Soon,
            "one link is left"
        );
        Assert.Empty(alice.Rest().OfType<PeerEvent.Disconnected>());
        Assert.Empty(bob.Rest().OfType<PeerEvent.Disconnected>());
    }

    [Fact]
    public async Task Duplicate_link_is_closed_without_a_disconnect()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("twice");
        await raw.RegisterAsync(directory);

        using var first = await raw.AskAsync(alice);
        var resume = await first.ResumeAsync();

        // Both have the same TLS client, so the newest stays once its Resume has arrived.
        using var second = await raw.AskAsync(alice);
        _ = await second.ExpectAsync(Frame.BodyOneofCase.Resume);
        await second.SendAsync(
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = RawLink.Epoch,
                    SendBase = 1,
                    ReceiveEpoch = resume.SendEpoch,
                    ReceiveNext = 1,
                },
            }
        );
        Assert.Equal(CloseReason.Duplicate, await first.ExpectCloseAsync());

        alice.Messages.Send(raw.Name, "still there");
        Assert.Equal("still there", (await second.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
        _ = await alice.Expect<PeerEvent.Connected>();
        Assert.Empty(alice.Rest().OfType<PeerEvent.Disconnected>());
    }

    [Fact]
    public async Task Rejected_request_can_be_repeated_after_one_minute()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        var clock = new SettableClock();
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", timeProvider: clock);

        await ConnectAsync(alice, bob.Name);
        _ = await bob.Expect<PeerEvent.Request>();
        bob.Connections.Reject(alice.Name);
        Assert.Equal(
            new PeerEvent.Disconnected(bob.Name, DisconnectReason.Rejected),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Equal(PeerError.NoRequest, Assert.Throws<PeerException>(() => bob.Connections.Accept(alice.Name)).Error);
        Assert.Equal(
            PeerError.NotConnected,
            Assert.Throws<PeerException>(() => alice.Messages.Send(bob.Name, "but")).Error
        );

        await ConnectAsync(alice, bob.Name);
        Assert.Equal(
            new PeerEvent.Disconnected(bob.Name, DisconnectReason.TooSoon),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Empty(bob.Rest().OfType<PeerEvent.Request>());

        clock.LetPass(TimeSpan.FromMinutes(1));
        await alice.ConnectAsync(bob);
    }

    [Fact]
    public async Task Unanswered_request_is_reported_to_both_peers()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options =>
            options.RequestTimeout = TimeSpan.FromMilliseconds(500)
        );

        await ConnectAsync(alice, bob.Name);
        _ = await bob.Expect<PeerEvent.Request>();
        Assert.Equal(
            new PeerEvent.Disconnected(bob.Name, DisconnectReason.NoAnswer),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Equal(new PeerEvent.RequestWithdrawn(alice.Name), await bob.Expect<PeerEvent.RequestWithdrawn>());
        Assert.Equal(PeerError.NoRequest, Assert.Throws<PeerException>(() => bob.Connections.Accept(alice.Name)).Error);
    }

    [Fact]
    public async Task Request_can_be_withdrawn()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        await ConnectAsync(alice, bob.Name);
        _ = await bob.Expect<PeerEvent.Request>();
        alice.Connections.Disconnect(bob.Name);
        Assert.Equal(
            new PeerEvent.Disconnected(bob.Name, DisconnectReason.EndedByUs),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        _ = await bob.Expect<PeerEvent.RequestWithdrawn>();
        Assert.Equal(
            PeerError.NotConnected,
            Assert.Throws<PeerException>(() => alice.Connections.Disconnect(bob.Name)).Error
        );
    }

    private static Task<DateTimeOffset?> ConnectAsync(PeerUnderTest from, Username to) =>
        from.Connections.ConnectAsync(to, CancellationToken.None);

    private static async Task<PeerError> RefusalAsync(PeerUnderTest from, Username to) =>
        (await Assert.ThrowsAsync<PeerException>(() => ConnectAsync(from, to))).Error;
}

using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Automatic reconnect of accepted contacts.</summary>
public sealed class ReconnectTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Peers_reconnect_after_a_lost_link_and_deliver_queued_messages()
    {
        await using var alice = await StartAsync("alice");
        await using var bob = await StartAsync("bob");
        await alice.ConnectAsync(bob);
        _ = await bob.Expect<PeerEvent.Request>();

        for (var cut = 0; cut < 3; cut++)
        {
            await alice.CutLinksAsync();
            _ = alice.Messages.Send(bob.Name, $"message {cut}");
            _ = await alice.Expect<PeerEvent.Connected>();
            Assert.Equal($"message {cut}", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }

        Assert.Empty(bob.Rest().OfType<PeerEvent.Request>());
        Assert.Equal(3, bob.Messages.Page(alice.Name, null, null, 10).Messages.Count);
    }

    [Fact]
    public async Task Message_to_an_offline_contact_survives_restarts_of_both_peers()
    {
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        await using (var alice = await StartAsync("anna", alices.Path))
        {
            await using (var bob = await StartAsync("bill", bobs.Path))
            {
                await alice.ConnectAsync(bob);
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            Assert.Equal(MessageState.Queued, alice.Messages.Send(Username.Parse("bill"), "while you were away").State);
        }

        await using var bill = await StartAsync("bill", bobs.Path);
        await using var anna = await StartAsync("anna", alices.Path);
        Assert.Equal("while you were away", (await bill.Expect<PeerEvent.MessageReceived>()).Message.Text);
        _ = await anna.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
        Assert.Empty(bill.Rest().OfType<PeerEvent.Request>());
    }

    [Fact]
    public async Task Attempt_longer_than_the_retry_pause_is_retried()
    {
        await using var alice = await StartAsync("alwin", change: options =>
            (options.Accept, options.HandshakeTimeout) = (AcceptMode.All, TimeSpan.FromSeconds(4))
        );
        using var raw = new RawPeer("stuck");
        await raw.RegisterAsync(directory);
        using (await raw.AskAsync(alice))
        {
            _ = await alice.Expect<PeerEvent.Connected>();
        }

        await raw.LeaveCallUnansweredAsync();
        await Eventually.True(
            async () =>
            {
                using var again = await raw.AcceptCallAsync();
                return true;
            },
            PeerUnderTest.Soon,
            "the contact is dialled again"
        );
    }

    [Fact]
    public async Task Contact_whose_connections_break_at_once_is_dialled_with_backoff()
    {
        var clock = new HeldClock();
        await using var alice = await StartAsync(
            "alois",
            change: options => options.Accept = AcceptMode.All,
            timeProvider: clock
        );
        using var raw = new RawPeer("rude");
        await raw.RegisterAsync(directory);
        clock.Hold();
        using (await raw.AskAsync(alice))
        {
            _ = await alice.Expect<PeerEvent.Connected>();
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();
        clock.Release();

        var pauses = new List<TimeSpan>();
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 0; attempt < 6; attempt++)
        {
            using (var link = await raw.AcceptCallAsync())
            {
                pauses.Add(Stopwatch.GetElapsedTime(started));
                // Hold the clock, so that the connection has no duration even on a slow machine.
                clock.Hold();
                await link.SendHelloAsync(raw.Name);
                await link.SendAsync(new Frame { Accept = new Accept() });
                _ = await alice.Expect<PeerEvent.Connected>();
                // Read before the link ends, so that the whole pause is measured.
                started = Stopwatch.GetTimestamp();
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            clock.Release();
        }

        // The shortest pauses that jitter allows: half of 400 ms and half of 800 ms.
        Assert.InRange(pauses[^2] + pauses[^1], TimeSpan.FromMilliseconds(600), PeerUnderTest.Soon);
    }

    [Fact]
    public async Task Disconnected_peers_stay_disconnected_until_a_message_is_sent()
    {
        await using var alice = await StartAsync("alan");
        await using var bob = await StartAsync("bert");
        await alice.ConnectAsync(bob);

        alice.Connections.Disconnect(bob.Name);
        _ = await bob.Expect<PeerEvent.Disconnected>();
        _ = await alice.Expect<PeerEvent.Disconnected>();
        Assert.False(await alice.Connector.ReconnectAsync(bob.Name, bob.Id, CancellationToken.None));
        Assert.False(await bob.Connector.ReconnectAsync(alice.Name, alice.Id, CancellationToken.None));

        _ = bob.Messages.Send(alice.Name, "one more thing");
        Assert.Equal("one more thing", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Declining_contact_is_removed_and_refuses_queued_messages()
    {
        using var bobs = new TempDirectory();
        await using var alice = await StartAsync("anke");
        await using (var bob = await StartAsync("boris", bobs.Path))
        {
            await alice.ConnectAsync(bob);
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();
        var name = Username.Parse("boris");
        var sent = alice.Messages.Send(name, "do you still want this?");

        await using var unwilling = await StartAsync("boris", bobs.Path, options =>
            (options.Accept, options.Reconnect) = (AcceptMode.None, false)
        );
        Assert.Equal(
            sent.Id,
            (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Refused)).Id
        );
        Assert.Equal(
            PeerError.NotConnected,
            Assert.Throws<PeerException>(() => alice.Messages.Send(name, "nor this?")).Error
        );
    }

    [Fact]
    public async Task Undelivered_message_expires()
    {
        using var bobs = new TempDirectory();
        await using var alice = await StartAsync("alma", change: options =>
            options.MessageExpiry = TimeSpan.FromSeconds(1)
        );
        await using (var bob = await StartAsync("bodo", bobs.Path))
        {
            await alice.ConnectAsync(bob);
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();

        var sent = alice.Messages.Send(Username.Parse("bodo"), "too late");
        Assert.Equal(
            sent.Id,
            (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Expired)).Id
        );
    }

    [Fact]
    public async Task Read_typing_and_away_reach_the_other_peer()
    {
        await using var alice = await StartAsync("arno");
        await using var bob = await StartAsync("berta");
        await alice.ConnectAsync(bob);
        var sent = alice.Messages.Send(bob.Name, "read me");
        var received = await bob.Expect<PeerEvent.MessageReceived>();

        bob.Messages.MarkRead(alice.Name, received.Message.Id);
        bob.Presence.SetTyping(alice.Name, active: true);
        bob.Presence.SetAway(away: true);

        Assert.Equal(
            sent.Id,
            (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Read)).Id
        );
        Assert.Equal(new PeerEvent.Typing(bob.Name, Active: true), await alice.Expect<PeerEvent.Typing>());
        Assert.Equal(new PeerEvent.Presence(bob.Name, Away: true), await alice.Expect<PeerEvent.Presence>());
        await Eventually.True(
            () => alice.Messages.Page(bob.Name, null, null, 1).Messages is [{ State: MessageState.Read }],
            PeerUnderTest.Soon,
            "the message is read"
        );
        Assert.Equal(
            PeerError.UnknownMessage,
            Assert.Throws<PeerException>(() => bob.Messages.MarkRead(alice.Name, Guid.NewGuid())).Error
        );
    }

    private Task<PeerUnderTest> StartAsync(
        string name,
        string? data = null,
        Action<PeerOptions>? change = null,
        TimeProvider? timeProvider = null
    ) =>
        PeerUnderTest.StartAsync(
            directory,
            name,
            options =>
            {
                (options.Reconnect, options.ReconnectAfter) = (true, TimeSpan.FromMilliseconds(200));
                (options.Ephemeral, options.Data) = (data is null, data);
                change?.Invoke(options);
            },
            timeProvider: timeProvider
        );

    /// <summary>A clock that can be held, so that a slow machine does not lengthen a connection.</summary>
    private sealed class HeldClock : TimeProvider
    {
        private long _heldAt;

        public void Hold() => Volatile.Write(ref _heldAt, base.GetTimestamp());

        public void Release() => Volatile.Write(ref _heldAt, 0);

        public override long GetTimestamp() =>
            Volatile.Read(ref _heldAt) is not 0 and var held ? held : base.GetTimestamp();
    }
}

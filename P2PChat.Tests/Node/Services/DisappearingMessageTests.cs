using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Disappearing messages between two peers on a link.</summary>
public sealed class DisappearingMessageTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const uint Hour = 3600;

    [Fact]
    public async Task Either_side_sets_the_timer_and_both_have_it()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        Assert.Equal(new TimerView(0, TheyKeepMessages: false), alice.Timers.Of(bob.Name));

        Assert.Equal(Hour, (await alice.Timers.SetAsync(bob.Name, Hour)).Seconds);
        var line = (await bob.Expect<PeerEvent.TimerChanged>()).Message;
        Assert.Equal((alice.Name, Hour), (line.From, line.Timer));
        Assert.Equal("set messages to disappear 1 hour after reading", line.Text);
        Assert.Equal(Hour, bob.Timers.Of(alice.Name).Seconds);

        var sent = await bob.Messages.SendAsync(alice.Name, "passing");
        Assert.Equal(Hour, sent.ExpiresAfter);
        Assert.Equal(Hour, (await alice.Expect<PeerEvent.MessageReceived>()).Message.ExpiresAfter);

        _ = await bob.Timers.SetAsync(alice.Name, 0);
        Assert.Equal(
            0u,
            (await alice.Expect<PeerEvent.TimerChanged>(one => one.Message.From == bob.Name)).Message.Timer
        );
        Assert.Equal(0u, (await alice.Messages.SendAsync(bob.Name, "staying")).ExpiresAfter);

        // The same again is sent, because the other side may have lost it.
        _ = await bob.Timers.SetAsync(alice.Name, 0);
        Assert.Equal(3, bob.Messages.Page(alice.Name, null, null, 10).Messages.Count(one => one.Timer is not null));
    }

    [Fact]
    public async Task Export_contains_nothing_of_messages_that_disappear()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "anya");
        await using var bob = await PeerUnderTest.StartAsync(directory, "boris");
        await alice.ConnectAsync(bob);
        _ = await alice.Timers.SetAsync(bob.Name, Hour);
        var passing = await alice.Messages.SendAsync(bob.Name, "passing");
        var staying = await alice.Messages.ReplyAsync(bob.Name, "also passing", passing.Id);
        _ = await alice.Timers.SetAsync(bob.Name, 0);
        _ = await alice.Messages.ReplyAsync(bob.Name, "a reply that stays", passing.Id);
        Assert.Equal(Hour, staying.ExpiresAfter);

        var exported = Assert.Single(alice.Messages.Export(bob.Name), one => one.Timer is null);

        Assert.Equal(("a reply that stays", null), (exported.Text, exported.ReplyTo!.Text));
    }

    [Fact]
    public async Task Timer_that_did_not_arrive_does_not_count()
    {
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(directory, "abe", timeProvider: clock);
        await using (var bob = await PeerUnderTest.StartAsync(directory, "bea"))
        {
            await alice.ConnectAsync(bob);
            _ = await alice.Timers.SetAsync(bob.Name, Hour);
            _ = await bob.Expect<PeerEvent.TimerChanged>();
            _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
        }

        var with = Protocol("bea");
        _ = await alice.Expect<PeerEvent.Disconnected>();
        Assert.Equal(0u, (await alice.Timers.SetAsync(with, 0)).Seconds);

        clock.LetPass(TimeSpan.FromDays(20));
        alice.Expire();

        await Eventually.True(
            () => alice.Timers.Of(with).Seconds == Hour,
            PeerUnderTest.Soon,
            "the timer that the other side has counts"
        );
    }

    [Fact]
    public async Task Timer_carries_over_to_a_new_key_and_shows_as_a_line()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alma");
        await using (var before = await PeerUnderTest.StartAsync(directory, "bert"))
        {
            await alice.ConnectAsync(before);
            _ = await before.Timers.SetAsync(alice.Name, Hour);
            _ = await alice.Expect<PeerEvent.TimerChanged>();
        }

        await using var bob = await PeerUnderTest.StartAsync(directory, "bert");
        await alice.ConnectAsync(bob);

        var line = (await bob.Expect<PeerEvent.TimerChanged>()).Message;
        Assert.Equal((alice.Name, Hour), (line.From, line.Timer));
        Assert.Equal(Hour, bob.Timers.Of(alice.Name).Seconds);
        Assert.Equal(Hour, alice.Timers.Of(bob.Name).Seconds);
    }

    [Fact]
    public async Task Message_disappears_on_both_sides_and_each_is_told()
    {
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(directory, "anna", timeProvider: clock);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bill", timeProvider: clock);
        await alice.ConnectAsync(bob);
        _ = await alice.Timers.SetAsync(bob.Name, Hour);
        _ = await bob.Expect<PeerEvent.TimerChanged>();
        var sent = await alice.Messages.SendAsync(bob.Name, "passing");
        _ = await bob.Expect<PeerEvent.MessageReceived>();
        _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
        bob.Messages.MarkRead(alice.Name, sent.Id);

        await Eventually.True(
            async () =>
            {
                await SweepAsync();
                return IsCounting(alice, bob.Name) && IsCounting(bob, alice.Name);
            },
            PeerUnderTest.Soon,
            "the time runs on both sides"
        );
        var messages = alice.Services.GetRequiredService<SessionTable>().Find(bob.Name)!.Messages;
        var read = messages.Deletes;
        clock.LetPass(TimeSpan.FromHours(1));
        await SweepAsync();

        Assert.Equal(sent.Id, (await alice.Expect<PeerEvent.MessageDisappeared>()).Id);
        Assert.Equal(sent.Id, (await bob.Expect<PeerEvent.MessageDisappeared>()).Id);
        // An edit for which the message was read before.
        Assert.NotEqual(read, messages.Deletes);
        Assert.Null(messages.SendAsync(bob.Name, Edit(sent.Id) with { Deletes = read }, key: null));
        using (var events = bob.Events.Listen(0)!)
        {
            while (events.Reader.TryRead(out var numbered))
            {
                Assert.NotEqual("passing", (numbered.Event as PeerEvent.MessageReceived)?.Message.Text);
            }
        }

        Assert.DoesNotContain(alice.Messages.Page(bob.Name, null, null, 10).Messages, one => one.Timer is null);
        Assert.DoesNotContain(bob.Messages.Page(alice.Name, null, null, 10).Messages, one => one.Timer is null);

        static MessageDraft Edit(Guid id) => new("edited: next", new MessageContent.Edit(id));

        static bool IsCounting(PeerUnderTest peer, P2PChat.Protocol.Identity.Username with) =>
            peer.Messages.Page(with, null, null, 10).Messages.Any(one => one.ExpiresAt is not null);

        async Task SweepAsync()
        {
            await alice.SweepAsync();
            await bob.SweepAsync();
        }
    }

    [Fact]
    public async Task Contact_with_another_name_is_sent_no_timer()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "aida");
        // The timer of whoever had that name must not pass to another contact either.
        await using (var before = await PeerUnderTest.StartAsync(directory, "next"))
        {
            await alice.ConnectAsync(before);
            _ = await alice.Timers.SetAsync(before.Name, Hour);
        }

        using var first = new RawPeer("first");
        await first.RegisterAsync(directory);
        using (await OpenAsync(first))
        {
            Assert.Equal(0u, alice.Timers.Of(first.Name).Seconds);
        }

        using var next = new RawPeer("next", key: first);
        await next.RegisterAsync(directory);
        using var link = await OpenAsync(next);
        // Each waits for the store, so a timer would be among them.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(0u, (await alice.Messages.SendAsync(next.Name, "hello")).ExpiresAfter);
        }

        // That of the key before.
        Assert.Single(alice.Messages.Page(next.Name, null, null, 50).Messages, one => one.Timer is not null);
        Assert.Equal(0u, alice.Timers.Of(next.Name).Seconds);

        async Task<RawLink> OpenAsync(RawPeer peer)
        {
            var link = await peer.AskAsync(alice, features: ["content", "timer"]);
            alice.Connections.Accept((await alice.Expect<PeerEvent.Request>(one => one.From == peer.Name)).From);
            _ = await link.ResumeAsync();
            _ = await alice.Expect<PeerEvent.Connected>(one => one.With == peer.Name);
            return link;
        }
    }

    [Fact]
    public async Task Failure_to_erase_is_logged_once_and_its_end_too()
    {
        var (clock, logs) = (new ManualClock(), new LogCapture());
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(directory.Address, "abel");
        var writer = alice.Services.GetRequiredService<PeerStore>().Writer;
        await writer.CallAsync(connection => connection.Run("ALTER TABLE disappearing RENAME TO away"));
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(logs));
        using var service = new DisappearanceService(
            alice.Services.GetRequiredService<Disappearance>(),
            clock,
            factory.CreateLogger<DisappearanceService>()
        );
        await service.StartAsync(CancellationToken.None);
        await LoggedAsync(1);
        clock.Advance(DisappearanceService.Period);
        clock.Advance(DisappearanceService.Period);

        await writer.CallAsync(connection => connection.Run("ALTER TABLE away RENAME TO disappearing"));
        await LoggedAsync(2);
        await service.StopAsync(CancellationToken.None);

        Assert.StartsWith("Messages whose time has run out are not completely erased", logs.Warnings.First());
        Assert.Equal("Messages whose time has run out are erased again.", logs.Warnings.Skip(1).Single());

        Task LoggedAsync(int count) =>
            Eventually.True(
                () =>
                {
                    clock.Advance(DisappearanceService.Period);
                    return logs.Warnings.Count() >= count;
                },
                PeerUnderTest.Soon,
                $"{count} warnings are logged"
            );
    }

    [Fact]
    public async Task Time_that_is_not_allowed_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "ada");
        await using var bob = await PeerUnderTest.StartAsync(directory, "ben");
        await alice.ConnectAsync(bob);

        foreach (var seconds in (long[])[-1, 1, 299, 90 * 24 * Hour + 1, long.MaxValue])
        {
            await RefusedAsync(PeerError.BadTimer, () => alice.Timers.SetAsync(bob.Name, seconds));
        }

        await RefusedAsync(PeerError.NotConnected, () => alice.Timers.SetAsync(Protocol("nobody"), Hour));
        Assert.Equal(0u, alice.Timers.Of(Protocol("nobody")).Seconds);
    }

    [Fact]
    public async Task Timer_line_cannot_be_replied_to_or_changed()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "amy");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob3");
        await alice.ConnectAsync(bob);
        _ = await alice.Timers.SetAsync(bob.Name, Hour);
        var id = alice.Messages.Page(bob.Name, null, null, 10).Messages.Single().Id;

        await RefusedAsync(PeerError.UnknownMessage, () => alice.Messages.ReplyAsync(bob.Name, "to a line", id));
        await RefusedAsync(PeerError.UnknownMessage, () => alice.Messages.EditAsync(bob.Name, id, "x"));
        Assert.Equal(1, await alice.Messages.DeleteAsync(bob.Name, id));
        Assert.Equal(Hour, alice.Timers.Of(bob.Name).Seconds);
    }

    private static P2PChat.Protocol.Identity.Username Protocol(string name) =>
        P2PChat.Protocol.Identity.Username.Parse(name);

    private static async Task RefusedAsync(PeerError error, Func<Task> act) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<PeerException>(act)).Error);
}

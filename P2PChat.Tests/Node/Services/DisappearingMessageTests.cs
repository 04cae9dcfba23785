using P2PChat.Node.Model;
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

        // The same again is not sent.
        _ = await bob.Timers.SetAsync(alice.Name, 0);
        Assert.Equal(2, bob.Messages.Page(alice.Name, null, null, 10).Messages.Count(one => one.Timer is not null));
        Assert.Equal(
            ["staying"],
            alice.Messages.Export(bob.Name).Where(one => one.Timer is null).Select(one => one.Text)
        );
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
        clock.LetPass(TimeSpan.FromHours(1));
        await SweepAsync();

        Assert.Equal(sent.Id, (await alice.Expect<PeerEvent.MessageDisappeared>()).Id);
        Assert.Equal(sent.Id, (await bob.Expect<PeerEvent.MessageDisappeared>()).Id);
        Assert.DoesNotContain(alice.Messages.Page(bob.Name, null, null, 10).Messages, one => one.Timer is null);
        Assert.DoesNotContain(bob.Messages.Page(alice.Name, null, null, 10).Messages, one => one.Timer is null);

        static bool IsCounting(PeerUnderTest peer, P2PChat.Protocol.Identity.Username with) =>
            peer.Messages.Page(with, null, null, 10).Messages.Any(one => one.ExpiresAt is not null);

        async Task SweepAsync()
        {
            await alice.SweepAsync();
            await bob.SweepAsync();
        }
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

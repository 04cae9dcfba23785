using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>A peer whose wall clock is wrong, or jumps, while it runs.</summary>
public sealed class WrongClockTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Theory]
    [InlineData(-3650, 0)]
    [InlineData(0, 20)]
    public async Task Clock_jump_while_a_message_waits_expires_nothing(int whenSentDays, int laterDays)
    {
        using var data = new TempDirectory();
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            $"jumper{laterDays}",
            options => options.Accept = AcceptMode.All,
            timeProvider: clock
        );
        var name = Username.Parse($"sleeper{laterDays}");
        await using (var bob = await StartLastingAsync(name, data.Path))
        {
            await alice.ConnectAsync(bob);
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();

        clock.PutForward(TimeSpan.FromDays(whenSentDays));
        var sent = alice.Messages.Send(name, "still wanted");
        clock.PutForward(TimeSpan.FromDays(laterDays - whenSentDays));
        alice.Expire();
        clock.PutForward(TimeSpan.FromDays(-laterDays));

        Assert.Equal(MessageState.Queued, alice.Messages.Page(name, null, null, 1).Messages.Single().State);
        await using var back = await StartLastingAsync(name, data.Path);
        await back.ConnectAsync(alice);
        Assert.Equal(
            sent.Id,
            (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered)).Id
        );
    }

    [Fact]
    public async Task Request_outlives_a_clock_that_jumps_20_days_ahead()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "asker");
        var clock = new SettableClock();
        await using var bob = await PeerUnderTest.StartAsync(directory, "asked", timeProvider: clock);
        await alice.Connections.ConnectAsync(bob.Name, default);
        _ = await bob.Expect<PeerEvent.Request>();

        clock.PutForward(TimeSpan.FromDays(20));
        bob.Runtime.Tick();
        clock.PutForward(TimeSpan.FromDays(-20));

        bob.Connections.Accept(alice.Name);
        _ = await alice.Expect<PeerEvent.Connected>();
    }

    [Fact]
    public async Task Clock_jump_does_not_move_the_deadline_of_a_request()
    {
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(directory, "early");
        await using var bob = await PeerUnderTest.StartAsync(directory, "waiting", timeProvider: clock);
        await alice.Connections.ConnectAsync(bob.Name, default);
        _ = await bob.Expect<PeerEvent.Request>();

        clock.PutForward(TimeSpan.FromDays(20));

        Assert.InRange(bob.Runtime.UntilDue(), TimeSpan.FromTicks(1), new PeerOptions().RequestTimeout);
    }

    private Task<PeerUnderTest> StartLastingAsync(Username name, string data) =>
        PeerUnderTest.StartAsync(directory, name.Value, options => (options.Ephemeral, options.Data) = (false, data));
}

namespace P2PChat.Tests.Discovery;

public abstract partial class MailboxContract
{
    [Fact]
    public async Task The_owner_is_woken_when_mail_comes()
    {
        await using var directory = await StartAsync("Directory:PollEvery=00:01:00");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var (others, theirs) = await directory.RegisterWithMailboxAsync(bob);
        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);

        await directory.LeaveMailAsync(bob.Username, theirs, 1);
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        Assert.Equal("mail", await signals.NextAsync());
        await directory.LeaveMailAsync(alice.Username, capability, 2);
        Assert.Equal("mail", await signals.NextAsync());
        Assert.Equal(2, (await directory.ReadMailAsync(alice.Username, token)).Length);
        Assert.Single(await directory.ReadMailAsync(bob.Username, others));
    }

    [Fact]
    public async Task What_waits_already_is_told_at_the_start()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);

        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);

        Assert.Equal("mail", await signals.NextAsync());
    }

    [Fact]
    public async Task A_stream_of_signals_ends_with_its_lease()
    {
        await using var directory = await StartAsync("Directory:Heartbeat=00:00:00.100");
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (token, _) = await directory.RegisterWithMailboxAsync(alice);
        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);

        (await directory.LeaveAsync(alice, release: true)).Dispose();
        await directory.LeaveMailAsync(next.Username, (await directory.RegisterWithMailboxAsync(next)).Capability, 1);

        Assert.Null(await signals.NextAsync());
    }

    [Fact]
    public async Task A_peer_that_comes_back_again_and_again_takes_the_place_of_its_own_streams_only()
    {
        await using var directory = await StartAsync("Directory:Mailbox:SignalListenersPerName=2");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await using var first = await SignalReader.OpenAsync(directory, alice.Username, token);
        await using var second = await SignalReader.OpenAsync(directory, alice.Username, token);
        await using var third = await SignalReader.OpenAsync(directory, alice.Username, token);

        Assert.Null(await first.NextAsync());
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        Assert.Equal("mail", await second.NextAsync());
        Assert.Equal("mail", await third.NextAsync());
    }
}

using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Relay.Legs;

/// <summary>The relay's limits, and tokens that open no leg.</summary>
public sealed class RelayLimitTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Token_opens_one_leg_of_its_own_session()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var (first, second) = (directory.NewSession(), directory.NewSession());
        await using var leg = await directory.OpenAsync(first.Id, first.Caller);
        var forged = first.Callee[..^1] + (first.Callee[^1] == 'A' ? 'B' : 'A');

        await RefusedAsync(first.Id, first.Caller); // replayed
        await RefusedAsync(first.Id, second.Caller); // another pair's
        await RefusedAsync(second.Id, first.Callee);
        await RefusedAsync(first.Id, forged);
        await RefusedAsync(first.Id, "x");
        // No such replica.
        await RefusedAsync(first.Id, first.Callee.Replace(Replica(first.Callee), "0123456789abcdef"));

        await using var other = await directory.OpenAsync(first.Id, first.Callee);
        await other.WriteAsync("!"u8.ToArray());
        Assert.Equal("!"u8.ToArray(), await leg.ReadExactlyAsync(1));

        async Task RefusedAsync(string session, string token)
        {
            var refused = await Assert.ThrowsAsync<DirectoryException>(() => directory.OpenAsync(session, token));
            Assert.Equal(DirectoryFailure.SessionGone, refused.Failure);
        }

        static string Replica(string token) => token.Split('.')[1];
    }

    [Fact]
    public async Task Expired_token_opens_no_leg_and_an_open_one_stays()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:Paths:Kept=00:00:03");
        var session = directory.NewSession();
        var late = directory.NewSession();
        await using var alice = await directory.OpenAsync(session.Id, session.Caller);
        await using var bob = await directory.OpenAsync(session.Id, session.Callee);
        var started = Stopwatch.GetTimestamp();
        await Infrastructure.Eventually.True(
            () => Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(3.1),
            Soon,
            "the tokens have expired"
        );

        var refused = await Assert.ThrowsAsync<DirectoryException>(() => directory.OpenAsync(late.Id, late.Caller));
        Assert.Equal(DirectoryFailure.SessionGone, refused.Failure);
        await alice.WriteAsync("!"u8.ToArray());
        Assert.Equal("!"u8.ToArray(), await bob.ReadExactlyAsync(1));
    }

    [Fact]
    public Task Session_ends_at_each_limit_of_time() =>
        Task.WhenAll(
            SessionEndsAsync("Wait=00:00:00.100", isPaired: false, RelayClose.PeerAbsent),
            SessionEndsAsync("Idle=00:00:00.100", isPaired: true, RelayClose.Idle),
            SessionEndsAsync("Duration=00:00:00.100", isPaired: true, RelayClose.TooLong)
        );

    private static async Task SessionEndsAsync(string limit, bool isPaired, RelayClose reason)
    {
        await using var directory = await DirectoryFixture.StartAsync($"Directory:Relay:{limit}");
        var session = directory.NewSession();
        await using var alice = await directory.OpenAsync(session.Id, session.Caller);
        await using var bob = isPaired ? await directory.OpenAsync(session.Id, session.Callee) : null;

        Assert.Equal(0, await alice.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(reason, alice.End);
    }

    [Fact]
    public async Task Session_ends_after_its_last_allowed_byte()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:Relay:BytesPerSession=100000");
        var (alice, bob) = await directory.PairAsync();
        await using var _ = alice;
        await using var __ = bob;
        await alice.WriteAsync(new byte[60_000]);
        await bob.ReadExactlyAsync(new byte[60_000]);
        await bob.WriteAsync(new byte[60_000]);
        await alice.ReadExactlyAsync(new byte[40_000]);

        while (await alice.ReadAsync(new byte[60_000]) > 0) { }

        Assert.Equal(RelayClose.TooManyBytes, alice.End);
        Assert.Equal(0, await bob.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.TooManyBytes, bob.End);
    }

    [Fact]
    public async Task Direction_is_slowed_down_to_its_rate()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:Relay:BytesPerSecond=100000");
        var (alice, bob) = await directory.PairAsync();
        await using var _ = alice;
        await using var __ = bob;
        var started = Stopwatch.GetTimestamp();

        var sending = alice.WriteAsync(new byte[150_000]).AsTask();
        await bob.ReadExactlyAsync(new byte[150_000]);
        await sending;
        await alice.WriteAsync(new byte[1]);
        await bob.ReadExactlyAsync(new byte[1]);

        // The first second's bytes pass at once.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(0.4), Soon);
    }

    [Theory]
    [InlineData("SessionsPerIdentity=1", true)]
    [InlineData("SessionsPerAddress=1", false)]
    [InlineData("SessionsInTotal=1", false)]
    public async Task Leg_above_a_limit_is_refused_and_may_come_later(string limit, bool sameCaller)
    {
        await using var directory = await DirectoryFixture.StartAsync($"Directory:Relay:{limit}");
        var first = directory.NewSession(caller: "alice");
        var second = directory.NewSession(caller: sameCaller ? "alice" : null);
        await using (await directory.OpenAsync(first.Id, first.Caller))
        {
            var refused = await Assert.ThrowsAsync<DirectoryException>(() =>
                directory.OpenAsync(second.Id, second.Caller)
            );
            Assert.Equal(DirectoryFailure.TooManySessions, refused.Failure);
            Assert.NotNull(refused.RetryAfter);
        }

        // The refused leg has not used up its token.
        await Infrastructure.Eventually.True(
            async () =>
            {
                await using var leg = await directory.OpenAsync(second.Id, second.Caller);
                return true;
            },
            Soon,
            "the first leg has left"
        );
    }

    [Fact]
    public async Task Relay_that_is_off_opens_no_leg()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:Relay:Enabled=false");
        var session = directory.NewSession();
        var refused = await Assert.ThrowsAsync<DirectoryException>(() =>
            directory.OpenAsync(session.Id, session.Caller)
        );
        Assert.Equal(DirectoryFailure.RelayUnavailable, refused.Failure);
        Assert.Equal("The directory offers no relay. Ask its operator to turn it on.", refused.Message);
    }
}

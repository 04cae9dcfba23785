using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>Two replicas of the directory on one Redis.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private DirectoryFixture _first = null!;
    private DirectoryFixture _second = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _first = await StartAsync();
        _second = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Replicas_form_one_directory()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var registration = await _first.RegisterAsync(alice);
        await _second.RegisterAsync(bob);

        Assert.Equal(await _first.GetIdAsync(), await _second.GetIdAsync());
        Assert.True((await _second.FindAsync(alice.Username))!.Online);
        Assert.Equal((await _first.ListAsync()).Peers, (await _second.ListAsync()).Peers);
        using var renewal = await _second.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
        Assert.NotNull((await _second.FindAsync(bob.Username, registration.LeaseToken))!.Signed);
    }

    [Fact]
    public async Task Change_at_one_replica_is_an_event_at_the_other()
    {
        using var alice = new TestIdentity();
        await using var events = await _second.ListenAsync();

        await _first.RegisterAsync(alice);
        (await _first.UnregisterAsync(alice)).Dispose();

        Assert.Equal(PeerEventTypes.Joined, (await events.NextAsync()).Name);
        Assert.Equal(PeerEventTypes.Left, (await events.NextAsync()).Name);
    }

    [Fact]
    public async Task Lease_ends_once_with_several_sweepers()
    {
        string[] settings =
        [
            "Directory:Lease=00:00:00.500",
            "Directory:RenewEvery=00:00:00.100",
            "Directory:SweepEvery=00:00:00.020",
        ];
        await using var first = await StartAsync(settings);
        await using var second = await StartAsync(settings);
        await using var events = await first.ListenAsync();
        var left = new Dictionary<string, int>();
        foreach (var _ in Enumerable.Range(0, 20))
        {
            using var peer = new TestIdentity();
            await second.RegisterAsync(peer);
            left[peer.Username] = 0;
        }

        while (left.Values.Any(times => times == 0))
        {
            var received = await events.NextAsync();
            if (received.Name == PeerEventTypes.Left)
            {
                left[received.Data!.Username]++;
            }
        }

        // A duplicate would arrive before this event.
        using var last = new TestIdentity();
        await second.RegisterAsync(last);
        for (
            var received = await events.NextAsync();
            received.Data!.Username != last.Username;
            received = await events.NextAsync()
        )
        {
            Assert.Fail($"{received.Name} arrived twice.");
        }
    }

    [Fact]
    public async Task Stream_resumes_at_another_replica()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        string lastSeen;
        await using (var events = await _first.ListenAsync())
        {
            await _second.RegisterAsync(alice, record => record.Unlisted = true);
            await _second.RegisterAsync(bob);
            var received = await events.NextAsync();
            Assert.Equal(bob.Username, received.Data!.Username);
            lastSeen = received.Id;
        }

        (await _first.UnregisterAsync(bob)).Dispose();

        await using var resumed = await _second.ListenAsync(bob.Username, lastSeen);
        var next = await resumed.NextAsync();
        Assert.Equal((PeerEventTypes.Left, bob.Username), (next.Name, next.Data!.Username));
    }

    // Polling is so rare that every event must come from a notification.
    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([
            "Directory:PollEvery=00:01:00",
            $"ConnectionStrings:redis={_redis.ConnectionString}",
            DirectoryFixture.PatientWithStore,
            .. settings,
        ]);
}

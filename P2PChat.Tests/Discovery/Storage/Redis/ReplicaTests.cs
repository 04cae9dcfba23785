using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>Two replicas of the directory on one Redis.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private TwoReplicas _replicas = null!;

    public async Task InitializeAsync() => _replicas = await TwoReplicas.StartAsync(DirectoryFixture.PatientWithStore);

    public async Task DisposeAsync() => await _replicas.DisposeAsync();

    [Fact]
    public async Task Replicas_form_one_directory()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var registration = await _replicas.First.RegisterAsync(alice);
        await _replicas.Second.RegisterAsync(bob);

        Assert.Equal(await _replicas.First.GetIdAsync(), await _replicas.Second.GetIdAsync());
        Assert.True((await _replicas.Second.FindAsync(alice.Username))!.Online);
        Assert.Equal((await _replicas.First.ListAsync()).Peers, (await _replicas.Second.ListAsync()).Peers);
        using var renewal = await _replicas.Second.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
        Assert.NotNull((await _replicas.Second.FindAsync(bob.Username, registration.LeaseToken))!.Signed);
    }

    [Fact]
    public async Task Change_at_one_replica_is_an_event_at_the_other()
    {
        using var alice = new TestIdentity();
        await using var events = await _replicas.Second.ListenAsync();

        await _replicas.First.RegisterAsync(alice);
        (await _replicas.First.UnregisterAsync(alice)).Dispose();

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
        await using var first = await _replicas.StartReplicaAsync([DirectoryFixture.PatientWithStore, .. settings]);
        await using var second = await _replicas.StartReplicaAsync([DirectoryFixture.PatientWithStore, .. settings]);
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
        await using (var events = await _replicas.First.ListenAsync())
        {
            await _replicas.Second.RegisterAsync(alice, record => record.Unlisted = true);
            await _replicas.Second.RegisterAsync(bob);
            var received = await events.NextAsync();
            Assert.Equal(bob.Username, received.Data!.Username);
            lastSeen = received.Id;
        }

        (await _replicas.First.UnregisterAsync(bob)).Dispose();

        await using var resumed = await _replicas.Second.ListenAsync(bob.Username, lastSeen);
        var next = await resumed.NextAsync();
        Assert.Equal((PeerEventTypes.Left, bob.Username), (next.Name, next.Data!.Username));
    }
}

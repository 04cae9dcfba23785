using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Registration, renewal and recovery of a peer.</summary>
public sealed class RegistrarTests
{
    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Registered_peer_that_listens_is_healthy()
    {
        await using var directory = new RestartableDirectory();
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(directory.Address, "alice");
        await Eventually.True(
            () => alice.Status.Directory == DirectoryState.Unreachable,
            PeerUnderTest.Soon,
            "the first registration has failed"
        );
        Assert.NotNull(alice.Status.DirectoryDetail);
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(alice));
        Assert.Equal(
            PeerError.DirectoryUnavailable,
            (await Assert.ThrowsAsync<PeerException>(() => alice.Connections.ListPeersAsync(default))).Error
        );

        await directory.StartAsync();
        await Eventually.True(
            async () => await HealthAsync(alice) == HealthStatus.Healthy,
            RenewalInterval,
            "the peer is healthy"
        );
        Assert.Null(alice.Status.DirectoryDetail);
    }

    [Fact]
    public async Task Peer_renews_its_lease()
    {
        await using var directory = new RestartableDirectory
        {
            Settings = ["Directory:Lease=00:00:01", "Directory:RenewEvery=00:00:00.300"],
        };
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");

        var seen = (await FindAsync(directory, alice.Name))!.LastSeen;
        await Eventually.True(
            async () =>
                await FindAsync(directory, alice.Name) is { Online: true } found
                && found.LastSeen > seen + TimeSpan.FromSeconds(2),
            PeerUnderTest.Soon,
            "the peer is online longer than its first lease"
        );
    }

    [Fact]
    public async Task Directory_restart_is_healed_within_a_renewal_interval()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        await directory.StopAsync();
        await directory.StartAsync();
        await Eventually.True(
            async () =>
                await FindAsync(directory, alice.Name) is { Online: true }
                && await FindAsync(directory, bob.Name) is { Online: true },
            RenewalInterval + TimeSpan.FromSeconds(5),
            "both peers are registered again"
        );
        await alice.ConnectAsync(bob);
    }

    [Fact]
    public async Task Lookup_that_reveals_a_lost_lease_registers_at_once()
    {
        await using var directory = new RestartableDirectory
        {
            Settings = ["Directory:RenewEvery=00:10:00", "Directory:Lease=01:00:00"],
        };
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await directory.StopAsync();
        await directory.StartAsync();
        using var raw = new RawPeer("other");
        await raw.RegisterAsync(directory);

        await alice.Connections.ConnectAsync(raw.Name, default);
        using var link = await raw.AcceptCallAsync();
    }

    [Fact]
    public async Task Redis_data_loss_is_healed_within_a_renewal_interval()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var directory = new RestartableDirectory
        {
            Settings = ["ConnectionStrings:redis=" + redis.ConnectionString],
        };
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");

        await redis.RestartAsync(keepData: false);
        await Eventually.True(
            async () =>
                (await redis.SendAsync("DBSIZE")) is not ("0" or ":0")
                && await FindAsync(directory, alice.Name) is { Online: true, AsOf: null },
            RenewalInterval + TimeSpan.FromSeconds(10),
            "the peer is in the store again"
        );
        await Eventually.True(
            () => alice.Status.Directory == DirectoryState.Registered,
            PeerUnderTest.Soon,
            "the peer knows it"
        );
    }

    [Fact]
    public async Task Taken_name_is_reported()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var owner = await PeerUnderTest.StartAsync(directory, "wanted");
        await using var other = await PeerUnderTest.StartUnregisteredAsync(directory.Address, "wanted");
        await Eventually.True(
            () => other.Status.Directory == DirectoryState.Refused,
            PeerUnderTest.Soon,
            "the peer is refused"
        );
        Assert.False(string.IsNullOrEmpty(other.Status.DirectoryDetail));
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            other.Connections.ConnectAsync(Username.Parse("anybody"), default)
        );
        Assert.Equal((PeerError.NameTaken, other.Status.DirectoryDetail), (refusal.Error, refusal.Message));
    }

    [Theory]
    [InlineData("right", DirectoryState.Registered)]
    [InlineData("wrong", DirectoryState.Refused)]
    [InlineData(null, DirectoryState.Refused)]
    public async Task Join_token_is_required(string? token, DirectoryState expected)
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:JoinToken=right"] };
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(directory.Address, "alice", options =>
            options.JoinToken = token
        );
        await Eventually.True(() => alice.Status.Directory == expected, PeerUnderTest.Soon, $"the state is {expected}");
        Assert.Equal(expected == DirectoryState.Refused, alice.Status.DirectoryDetail is not null);
    }

    [Fact]
    public async Task Lost_sequence_is_recovered_from_the_directory()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        using var data = new TempDirectory();
        await using (
            await PeerUnderTest.StartAsync(directory, "alice", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            )
        ) { }

        // The state after a backup of a machine whose clock was four minutes ahead, which the directory allows.
        using (var store = new OpenedStore(data.Path))
        using (var contacts = store.LoadContacts())
        {
            _ = contacts.NextOwnSequence(DateTimeOffset.UtcNow.AddMinutes(4));
        }

        await using (
            await PeerUnderTest.StartAsync(directory, "alice", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            )
        ) { }

        using (var store = new OpenedStore(data.Path))
        {
            store.Store.Writer.Call(connection => connection.Run("DELETE FROM meta WHERE key = 'own_sequence'"));
        }

        await using var again = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Ephemeral, options.Data) = (false, data.Path)
        );
        Assert.True(
            again.StoredContacts.NextOwnSequence(DateTimeOffset.UtcNow)
                > (ulong)DateTimeOffset.UtcNow.AddMinutes(3).ToUnixTimeMilliseconds()
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Corrected_clock_lets_the_peer_register_again(int days)
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        using var data = new TempDirectory();
        void Persistent(PeerOptions options) => (options.Ephemeral, options.Data) = (false, data.Path);
        var clock = new SettableClock();
        clock.PutForward(TimeSpan.FromDays(days));
        await using (
            var ahead = await PeerUnderTest.StartUnregisteredAsync(
                directory.Address,
                "alice",
                Persistent,
                timeProvider: clock
            )
        )
        {
            await Eventually.True(
                () => ahead.Status.Directory == DirectoryState.Refused,
                PeerUnderTest.Soon,
                "the peer is refused"
            );
            Assert.Equal(DirectoryFailure.ClockSkew, ahead.DirectoryRegistration.Refusal);
        }

        await using var right = await PeerUnderTest.StartAsync(directory, "alice", Persistent);
    }

    [Fact]
    public async Task Clock_jump_20_days_ahead_keeps_the_lease()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:00.100"] };
        await directory.StartAsync();
        using var data = new TempDirectory();
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            "alice",
            options => (options.Ephemeral, options.Data) = (false, data.Path),
            timeProvider: clock
        );
        _ = await alice.Expect<PeerEvent.DirectoryChanged>(changed => changed.State == DirectoryState.Registered);

        clock.PutForward(TimeSpan.FromDays(20));
        var seen = (await FindAsync(directory, alice.Name))!.LastSeen;
        await Eventually.True(
            async () => (await FindAsync(directory, alice.Name))!.LastSeen > seen + TimeSpan.FromMilliseconds(500),
            PeerUnderTest.Soon,
            "the lease is renewed"
        );

        Assert.Empty(alice.Rest().OfType<PeerEvent.DirectoryChanged>());
    }

    [Fact]
    public async Task Wrong_clock_keeps_the_lease_when_addresses_change()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:00.100"] };
        await directory.StartAsync();
        var (clock, addresses) = (new SettableClock(), new ChangingAddresses("192.0.2.1"));
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            "alice",
            timeProvider: clock,
            addresses: addresses
        );
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        var token = alice.DirectoryRegistration.LeaseToken;

        clock.PutForward(TimeSpan.FromDays(1));
        addresses.Change("192.0.2.7");

        await ReportsProblemAsync(alice);
        await Eventually.True(() => RenewsAsync(directory, alice.Name), PeerUnderTest.Soon, "the lease is renewed");
        Assert.Equal(
            (token, DirectoryState.Registered),
            (alice.DirectoryRegistration.LeaseToken, alice.Status.Directory)
        );
        clock.PutForward(-TimeSpan.FromDays(1));
        await Eventually.True(
            async () => (await bob.Lookup.FindAsync(alice.Name, default)).Endpoints[0].Host == "192.0.2.7",
            PeerUnderTest.Soon,
            "the new address is registered"
        );
        await Eventually.True(
            () => alice.Status.DirectoryDetail is null,
            PeerUnderTest.Soon,
            "the problem is resolved"
        );
        Assert.DoesNotContain(alice.Rest(), changed =>
            changed is PeerEvent.DirectoryChanged { State: DirectoryState.Refused }
        );
    }

    [Fact]
    public async Task Wrong_clock_keeps_the_lease_when_the_record_is_a_day_old()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:00.100"] };
        await directory.StartAsync();
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", timeProvider: clock);
        var token = alice.DirectoryRegistration.LeaseToken;

        // This also makes the last reading of the directory's time too old.
        clock.LetPass(TimeSpan.FromHours(23.5));

        await ReportsProblemAsync(alice);
        Assert.Equal(
            (token, DirectoryState.Registered),
            (alice.DirectoryRegistration.LeaseToken, alice.Status.Directory)
        );
        Assert.DoesNotContain(alice.Rest(), changed =>
            changed is PeerEvent.DirectoryChanged { State: DirectoryState.Refused }
        );
    }

    [Fact]
    public async Task Two_running_copies_of_a_peer_are_reported_until_one_stops()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:00.200"] };
        await directory.StartAsync();
        using var data = new TempDirectory();
        using var copy = new TempDirectory();
        await (await StartAsync(data.Path)).DisposeAsync();
        foreach (var file in Directory.GetFiles(data.Path))
        {
            File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));
        }

        await using var first = await StartAsync(data.Path);
        await using (var second = await StartAsync(copy.Path))
        {
            await Eventually.True(
                () => ReportsProblem(first) && ReportsProblem(second),
                PeerUnderTest.Soon,
                "both report a problem"
            );
            Assert.Equal(DirectoryState.Registered, first.Status.Directory);
        }

        await Eventually.True(
            () => first.Status.DirectoryDetail is null,
            PeerUnderTest.Soon,
            "the problem is resolved"
        );

        Task<PeerUnderTest> StartAsync(string path) =>
            PeerUnderTest.StartAsync(directory, "alice", options => (options.Ephemeral, options.Data) = (false, path));

        static bool ReportsProblem(PeerUnderTest peer) => peer.Status.DirectoryDetail is not null;
    }

    [Fact]
    public async Task Server_that_is_not_a_directory_is_reported()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(directory.Address + "/somewhere", "alice");
        await Eventually.True(
            () => alice.Status.Directory == DirectoryState.Refused,
            PeerUnderTest.Soon,
            "the peer is refused"
        );
        Assert.Equal(DirectoryFailure.Refused, alice.DirectoryRegistration.Refusal);
    }

    private static Task ReportsProblemAsync(PeerUnderTest peer) =>
        Eventually.True(
            () => peer.Status.DirectoryDetail is not null,
            PeerUnderTest.Soon,
            "the peer reports a problem"
        );

    private static async Task<bool> RenewsAsync(RestartableDirectory directory, Username name)
    {
        var seen = (await FindAsync(directory, name))!.LastSeen;
        await Eventually.True(
            async () => (await FindAsync(directory, name))!.LastSeen > seen,
            PeerUnderTest.Soon,
            "the lease is renewed"
        );
        return true;
    }

    private static async Task<HealthStatus> HealthAsync(PeerUnderTest peer) =>
        (await peer.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private static async Task<PeerDetails?> FindAsync(RestartableDirectory directory, Username name)
    {
        using var http = new HttpClient { BaseAddress = new Uri(directory.Address) };
        using var response = await http.GetAsync($"/peers/{name}");
        return response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<PeerDetails>(JsonSerializerOptions.Web)
            : null;
    }
}

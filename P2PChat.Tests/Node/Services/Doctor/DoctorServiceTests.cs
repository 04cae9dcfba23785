using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Services;
using P2PChat.Node.Services.Doctor;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Peer.Api;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node.Services.Doctor;

/// <summary>The doctor in real peers, with a real directory.</summary>
public sealed class DoctorServiceTests
{
    private static readonly Username Bob = Username.Parse("bob");

    [Fact]
    public async Task Check_measures_the_network_and_disturbs_no_conversation()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:01"] };
        await directory.StartAsync();
        await using var alice = await TestPeer.StartAsync("alice", directory.Address);
        await using var bob = await TestPeer.StartAsync("bob", directory.Address);
        await Task.WhenAll(alice.RegisteredAsync(), bob.RegisteredAsync());
        await ApiCalls.ConnectAsync(alice, "alice", bob, "bob");
        var before = alice.Events.Last;

        var report = await CheckAsync(alice, Bob);

        Assert.Equal(DirectoryReachState.Reached, report.Directory.State);
        Assert.InRange(report.Directory.RoundTrip!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        Assert.InRange(report.Machine.ClockError!.Value.Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.NotEmpty(report.Machine.Endpoints);
        Assert.Equal(
            (Bob, DoctorPeerState.Online, PathKind.Direct),
            (report.Peer!.Name, report.Peer.State, report.Peer.Path)
        );
        Assert.DoesNotContain(report.Findings, finding => finding.Level == FindingLevel.Problem);
        Assert.Equal(before, alice.Events.Last);
        Assert.Equal(PathKind.Direct, alice.Connections.PathTo(Bob));

        // The same check through the API and the console.
        var json = await alice.GetJsonAsync("/api/doctor?username=bob");
        Assert.Equal("online", json.GetProperty("peer").GetProperty("state").GetString());
        Assert.Equal("direct", json.GetProperty("peer").GetProperty("path").GetString());
        Assert.Equal("reached", json.GetProperty("directory").GetProperty("state").GetString());
        var (exitCode, output, _) = await Ctl.RunAsync(alice, "doctor bob");
        Assert.Equal(0, exitCode);
        Assert.Contains("You are connected to bob now (direct).", output, StringComparison.Ordinal);
        Assert.Contains("agrees with the directory's", output, StringComparison.Ordinal);
        Assert.StartsWith(
            "{\"startedAt\":",
            (await Ctl.RunAsync(alice, "doctor --json")).Output,
            StringComparison.Ordinal
        );
        await Ctl.FailsAsync(alice.Data, "doctor bbob", 1, "There is no peer named bbob. Did you mean 'bob'?");
        await Ctl.FailsAsync(alice.Data, "doctor alice", 1, "your own username");
        await Ctl.FailsAsync(alice.Data, "doctor bob carol", 2, "takes one username");
        Assert.Equal(400, (int)(await alice.Http.GetAsync("/api/doctor?username=a/b")).StatusCode);

        // A hidden address is not named.
        alice.Settings.Set("hide-address", "on");
        var hidden = await CheckAsync(alice, name: null);
        Assert.Equal((true, 0), (hidden.Machine.HidesAddress, hidden.Machine.Endpoints.Count));
        Assert.Equal(NatProbeState.Hidden, hidden.Nat.State);
        Assert.Contains(hidden.Findings, finding => finding.Code == FindingCode.AddressHidden);
        alice.Settings.Set("hide-address", null);

        // A peer that has gone, and then a directory that has.
        await using (var carol = await TestPeer.StartAsync("carol", directory.Address))
        {
            await carol.RegisteredAsync();
        }

        var away = await CheckAsync(alice, Username.Parse("carol"));
        Assert.Equal((DoctorVerdict.Failed, DoctorPeerState.Offline), (away.Verdict, away.Peer!.State));
        await directory.StopAsync();
        var lost = await CheckAsync(alice, Bob);
        Assert.Equal("bob's addresses are not known, because the directory cannot be reached.", lost.Summary);
        Assert.Equal(DirectoryReachState.Unreachable, lost.Directory.State);
    }

    [Fact]
    public async Task Path_that_is_found_during_the_test_is_reported()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var alice = await TestPeer.StartAsync("alice", directory.Address);
        await using var bob = await TestPeer.StartAsync("bob", directory.Address);
        await Task.WhenAll(alice.RegisteredAsync(), bob.RegisteredAsync());
        var check = new PairCheck(
            alice.Services.GetRequiredService<PeerConnector>(),
            alice.Services.GetRequiredService<SessionTable>(),
            alice.StoredContacts,
            alice.Services.GetRequiredService<PeerOptions>(),
            TimeProvider.System,
            new ConnectingTester(() => ApiCalls.ConnectAsync(alice, "alice", bob, "bob"))
        );

        var (facts, _) = await check.RunAsync(Bob, CancellationToken.None, CancellationToken.None);

        Assert.Equal((null, PathKind.Direct), (facts.PathBefore, facts.Path));
    }

    [Fact]
    public async Task Only_one_check_runs_and_it_ends_when_cancelled_or_timed_out()
    {
        // Accepts connections, and never answers.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var alice = await TestPeer.StartAsync(
            "alice",
            $"http://{silent.LocalEndpoint}",
            data: null,
            ("LocalOnly", "true"),
            ("Lan", "true")
        );
        using var cancelled = new CancellationTokenSource();
        var doctor = alice.Doctor;

        var first = doctor.CheckAsync(Bob, cancelled.Token);
        var refused = await Assert.ThrowsAsync<PeerException>(() => doctor.CheckAsync(null, CancellationToken.None));
        Assert.Equal(PeerError.CheckRunning, refused.Error);
        Assert.Equal(429, (int)(await alice.Http.GetAsync("/api/doctor")).StatusCode);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var report = await CheckAsync(alice, Bob);

        Assert.Equal(DoctorVerdict.Failed, report.Verdict);
        Assert.Contains("did not answer within 4 seconds", report.Directory.Detail, StringComparison.Ordinal);
        Assert.InRange(report.Took, TimeSpan.Zero, DoctorService.Limit);
        Assert.Null(report.Machine.ClockError);
        // A peer that listens on loopback searches no network.
        Assert.False(report.Machine.Lan);
    }

    // Two peers connect while one of them runs its test.
    private sealed class ConnectingTester(Func<Task> connect) : IPathTester
    {
        public async Task<PathTest> TestAsync(
            Username name,
            PeerId key,
            FoundPeer? found,
            CancellationToken cancellationToken
        )
        {
            await connect();
            return new PathTest(new PathReport(name, DateTimeOffset.UnixEpoch, Chosen: null, []), null, false);
        }
    }

    private static Task<DoctorReport> CheckAsync(TestPeer peer, Username? name) =>
        peer.Doctor.CheckAsync(name, CancellationToken.None).WaitAsync(PeerUnderTest.Soon);
}

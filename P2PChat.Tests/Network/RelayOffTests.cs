using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>A directory whose operator has switched the relay off.</summary>
[Collection(NetworkLab.Collection)]
[Trait("Requires", "NetworkLab")]
public sealed class RelayOffTests : IAsyncLifetime, IDisposable
{
    private readonly Lab _lab = new();
    private readonly List<IAsyncDisposable> _programs = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_programs.Select(program => program.DisposeAsync().AsTask()));

    // After DisposeAsync.
    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Without_a_relay_punching_works_and_the_doctor_explains_failures()
    {
        var server = _lab.AddPublic("directory");
        var machines = new[] { Nat.PortRestricted, Nat.PortRestricted, Nat.Symmetric }
            .Select((nat, number) => _lab.AddMachine(_lab.AddRouter($"router{number}", nat), $"machine{number}"))
            .ToArray();
        _lab.Start();
        var directory = LabDirectory.AddressFor(server, ipv6: false);
        _programs.Add(
            await LabDirectory.StartAsync(server, new Dictionary<string, string> { ["Relay__Enabled"] = "false" })
        );
        var peers = await Task.WhenAll(
            LabPeer.StartAsync("alice", machines[0], directory),
            LabPeer.StartAsync("bob", machines[1], directory),
            LabPeer.StartAsync("carol", machines[2], directory)
        );
        _programs.AddRange(peers);
        var (alice, carol) = (peers[0], peers[2]);

        await alice.Api.ConnectAsync("bob");
        await Eventually.True(
            async () => await alice.PathToAsync("bob") == PathKind.Punched,
            TimeSpan.FromSeconds(20),
            $"alice and bob punch: {alice.Output}",
            Eventually.LongPause
        );

        var events = await carol.Api.ListenAsync();
        await using var reading = events.GetAsyncEnumerator();
        await carol.Api.ConnectAsync("alice");
        var end = await NextAsync<ApiEvent.Disconnected>(reading);
        Assert.Equal(new("alice", DisconnectReason.Unreachable), end with { EventId = null });
        var report = await carol.Api.DoctorAsync("alice");
        Assert.Equal("alice is online, but cannot be reached from here.", report.Summary);
        Assert.Contains(report.Findings, finding => finding.Code == "punch-symmetric-here");
        Assert.Contains(report.Findings, finding => finding.Code == "relay-off");
    }

    private static async Task<TEvent> NextAsync<TEvent>(IAsyncEnumerator<ApiEvent> events)
        where TEvent : ApiEvent
    {
        while (await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)))
        {
            if (events.Current is TEvent wanted)
            {
                return wanted;
            }
        }

        throw new InvalidOperationException("The peer ended.");
    }
}

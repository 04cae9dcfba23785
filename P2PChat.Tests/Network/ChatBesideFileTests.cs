using System.Diagnostics;
using P2PChat.Client;
using P2PChat.Tests.Bench;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using Xunit.Abstractions;

namespace P2PChat.Tests.Network;

/// <summary>Measures messages while a file fills a line of 100 Mbit/s and 20 ms.</summary>
[Collection(NetworkLab.Collection)]
[Trait("Requires", "NetworkLab")]
public sealed class ChatBesideFileTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const int Messages = 40;
    private const long FileSize = 512L * 1024 * 1024;

    private static readonly int Rounds = BenchProgram.IsFull ? 3 : 1;
    private static readonly TimeSpan ShortestMeasurement = TimeSpan.FromSeconds(BenchProgram.IsFull ? 5 : 0);
    private static readonly LineQuality Broadband = new(TimeSpan.FromMilliseconds(10), BitsPerSecond: 100e6);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Lab _lab = new();
    private readonly TempDirectory _files = new();
    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly List<IAsyncDisposable> _programs = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_programs.Select(program => program.DisposeAsync().AsTask()));

    // After DisposeAsync.
    public void Dispose()
    {
        _lab.Dispose();
        _files.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task File_that_fills_the_line_makes_messages_at_most_half_slower()
    {
        var server = _lab.AddPublic("directory");
        var machines = new[] { _lab.AddPublic("alice", Broadband), _lab.AddPublic("bob") };
        _lab.Start();
        _programs.Add(await LabDirectory.StartAsync(server));
        var directory = LabDirectory.AddressFor(server, ipv6: false);
        var downloads = new Dictionary<string, string> { ["Downloads"] = Path.Combine(_files.Path, "downloads") };
        var peers = await Task.WhenAll(
            LabPeer.StartAsync("alice", machines[0], directory),
            LabPeer.StartAsync("bob", machines[1], directory, downloads)
        );
        _programs.AddRange(peers);
        var (alice, bob) = (peers[0], peers[1]);
        await alice.Api.ConnectAsync("bob");
        await Eventually.True(async () => await alice.PathToAsync("bob") == PathKind.Direct, Patience, "both connect");

        using var events = await alice.Api.ListenAsync(cancellationToken: _patience.Token);
        await using var receipts = events.GetAsyncEnumerator(_patience.Token);
        _ = await RoundTripsAsync(alice, receipts);
        var alone = await RoundsAsync(alice, receipts);

        var id = await StartFileAsync(alice, bob);
        var (before, first) = (Stopwatch.GetTimestamp(), await FileAsync(bob, id));
        var beside = await RoundsAsync(alice, receipts);
        var file = await FileAsync(bob, id);
        var rate = (file.Done - first.Done) * 8 / Stopwatch.GetElapsedTime(before).TotalSeconds;
        output.WriteLine($"alone {Text(alone)}, beside a file {Text(beside)} at {rate / 1e6:0} Mbit/s");
        if (BenchProgram.IsFull)
        {
            Assert.Equal(FileState.Active, file.State);
            Assert.InRange(rate, 0.6 * Broadband.BitsPerSecond, Broadband.BitsPerSecond * 1.1);
            // Whatever else the machine does only adds to a round.
            var (median, slow) = (alone.Min(round => round.Median), alone.Min(round => round.Slow));
            Assert.InRange(median, 20, 60);
            Assert.InRange(beside.Min(round => round.Median) / median, 0, 1.5);
            Assert.InRange(beside.Min(round => round.Slow) / slow, 0, 1.5);
        }
        else
        {
            // How fast both are depends on what else the machine does.
            await Eventually.True(
                async () => (await FileAsync(bob, id)).Done > first.Done,
                Patience,
                "the file advances"
            );
        }
    }

    private static string Text(IEnumerable<(double Median, double Slow)> rounds) =>
        string.Join(", ", rounds.Select(round => $"{round.Median:0.0} ms (90 %: {round.Slow:0.0})"));

    private async Task<Guid> StartFileAsync(LabPeer from, LabPeer to)
    {
        // Sparse, so that the disk is no limit.
        var path = Path.Combine(_files.Path, "film");
        await using (var file = File.Create(path))
        {
            file.SetLength(FileSize);
        }

        var offered = await from.Api.OfferFileAsync(to.Name, path, cancellationToken: _patience.Token);
        await Eventually.True(
            async () => (await to.Api.ListFilesAsync(_patience.Token)).Files.Any(one => one.Id == offered.Id),
            Patience,
            "the offer arrives"
        );
        _ = await to.Api.AcceptFileAsync(from.Name, offered.Id, cancellationToken: _patience.Token);
        await Eventually.True(
            async () => (await FileAsync(to, offered.Id)).Done > 4 * 1024 * 1024,
            Patience,
            "the file is on its way"
        );
        return offered.Id;
    }

    private async Task<FileItem> FileAsync(LabPeer peer, Guid id) =>
        (await peer.Api.ListFilesAsync(_patience.Token)).Files.Single(file => file.Id == id);

    private async Task<List<(double Median, double Slow)>> RoundsAsync(LabPeer peer, IAsyncEnumerator<ApiEvent> events)
    {
        var start = Stopwatch.GetTimestamp();
        var rounds = new List<(double Median, double Slow)>();
        while (rounds.Count < Rounds || Stopwatch.GetElapsedTime(start) < ShortestMeasurement)
        {
            rounds.Add(await RoundTripsAsync(peer, events));
        }

        return rounds;
    }

    private async Task<(double Median, double Slow)> RoundTripsAsync(LabPeer peer, IAsyncEnumerator<ApiEvent> events)
    {
        var times = new List<double>();
        while (times.Count < Messages)
        {
            var start = Stopwatch.GetTimestamp();
            var sent = await peer.Api.SendAsync("bob", "hello", cancellationToken: _patience.Token);
            while (
                events.Current is not ApiEvent.Receipt { State: MessageState.Delivered } receipt
                || receipt.Id != sent.Id
            )
            {
                Assert.True(await events.MoveNextAsync());
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return (times[Messages / 2], times[Messages * 9 / 10]);
    }
}

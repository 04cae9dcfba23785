using System.Collections.Concurrent;
using P2PChat.Tests.Hostile;
using Xunit.Abstractions;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Files that wait at the directory, in random histories with faults. <c>P2PCHAT_COPY_SEEDS</c> sets how many (default
/// 40).
/// </summary>
[Collection(Alone.Name)]
public class SealedCopySimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 40;
    private const int Steps = 400;

    [Fact]
    public void Files_come_once_and_nothing_is_left_at_the_directory()
    {
        var count = SimulationRun.Setting("P2PCHAT_COPY_SEEDS") ?? Seeds;
        var (fetched, found) = (0L, new ConcurrentBag<(int Seed, string What)>());
        _ = Parallel.For(1, 1 + count, seed =>
        {
            var (what, files) = Run(seed, keepsFiles: false);
            _ = Interlocked.Add(ref fetched, files);
            if (what is not null)
            {
                found.Add((seed, what));
            }
        });

        output.WriteLine($"{fetched} files have come by way of the directory.");
        Assert.True(found.IsEmpty, string.Join('\n', found.Order().Take(10)));
        // Histories without them would prove nothing.
        Assert.True(fetched > count);
    }

    [Fact]
    public void Directory_that_keeps_files_is_detected() =>
        Assert.Contains(Enumerable.Range(1, Seeds), seed => Run(seed, keepsFiles: true).What is not null);

    private static (string? What, int Fetched) Run(int seed, bool keepsFiles) =>
        SimulationRun.InFolder(folder =>
        {
            using var simulation = new SealedCopySimulation(seed, folder, keepsFiles);
            return (simulation.Run(Steps), simulation.Fetched);
        });
}

using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Files that wait at the directory, in random histories with faults. <c>P2PCHAT_COPY_SEEDS</c> sets how many (default
/// 20), and <c>P2PCHAT_SEED</c> runs one.
/// </summary>
public class SealedCopySimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 20;
    private const int Steps = 400;

    [Fact]
    public void Files_come_once_and_nothing_is_left_at_the_directory()
    {
        var (first, count) = SimulationRun.Setting("P2PCHAT_SEED") is { } seed
            ? (seed, 1)
            : (1, SimulationRun.Setting("P2PCHAT_COPY_SEEDS") ?? Seeds);
        var (fetched, found) = (0L, new ConcurrentBag<(int Seed, string What)>());
        _ = Parallel.For(
            first,
            first + count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            one =>
            {
                var (what, files) = Run(one, CopyFault.None);
                _ = Interlocked.Add(ref fetched, files);
                if (what is not null)
                {
                    found.Add((one, what));
                }
            }
        );

        output.WriteLine($"{fetched} files have come by way of the directory.");
        Assert.True(found.IsEmpty, string.Join('\n', found.Order().Take(10)));
        // Histories without them would prove nothing.
        Assert.True(fetched >= count);
    }

    [Fact]
    public void Ignored_deletion_is_detected() => AssertFound(CopyFault.DeletionIgnored, "left at the directory");

    [Fact]
    public void Ignored_quota_is_detected() => AssertFound(CopyFault.QuotaIgnored, "which may have");

    [Fact]
    public void File_that_is_fetched_twice_is_detected() => AssertFound(CopyFault.EndForgotten, "times, and is there");

    [Fact]
    public void Refusal_that_its_sender_does_not_see_is_detected() =>
        AssertFound(CopyFault.RefusalHidden, "its sender sees");

    private void AssertFound(CopyFault fault, string violation)
    {
        var found = Enumerable
            .Range(1, 10 * Seeds)
            .Select(seed => (Seed: seed, Run(seed, fault).What))
            .FirstOrDefault(run => run.What?.Contains(violation, StringComparison.Ordinal) ?? false);

        Assert.NotNull(found.What);
        output.WriteLine($"Seed {found.Seed}: {found.What}");
    }

    private static (string? What, int Fetched) Run(int seed, CopyFault fault) =>
        SimulationRun.InFolder(folder =>
        {
            using var simulation = new SealedCopySimulation(seed, folder, fault);
            return (simulation.Run(Steps), simulation.Fetched);
        });
}

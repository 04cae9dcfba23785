using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace P2PChat.Tests.Simulation;

/// <summary>Runs many seeds, and describes how to replay one that fails.</summary>
internal static class SimulationRun
{
    /// <summary>Number of steps of a history before it settles.</summary>
    public const int Steps = 400;

    /// <param name="hasStores">Whether the peers have real stores, from which messages disappear.</param>
    /// <returns>The numbers of promised and of arrived messages, and of those that have disappeared.</returns>
    public static (long Promised, long Arrived, long Disappeared) All(int first, int count, bool hasStores = false)
    {
        var (promised, arrived, disappeared) = (0L, 0L, 0L);
        var failing = new ConcurrentBag<int>();
        _ = Parallel.For(
            first,
            first + count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (seed, loop) =>
            {
                var (simulation, what) = Run(seed, TestFault.None, Steps, hasStores);
                if (what is not null)
                {
                    failing.Add(seed);
                    loop.Break();
                }

                _ = Interlocked.Add(ref promised, simulation.Checker.Promised);
                _ = Interlocked.Add(ref arrived, simulation.Checker.Arrived);
                _ = Interlocked.Add(ref disappeared, simulation.Timers.Disappeared);
            }
        );
        if (!failing.IsEmpty)
        {
            Assert.Fail(Describe(failing.Min(), hasStores));
        }

        return (promised, arrived, disappeared);
    }

    /// <summary>Runs one seed.</summary>
    /// <returns>The simulation, and its first violation; null if none.</returns>
    public static (Simulation Simulation, string? What) Run(
        int seed,
        TestFault fault,
        int steps,
        bool hasStores,
        Action<string>? trace = null
    )
    {
        if (!hasStores)
        {
            var simulation = new Simulation(seed, fault, trace);
            return (simulation, simulation.Run(steps));
        }

        return InFolder(folder =>
        {
            var simulation = new Simulation(seed, fault, trace, folder);
            return (simulation, simulation.Run(steps));
        });
    }

    /// <summary>
    /// Runs the seed of <c>P2PCHAT_SEED</c> (default 1) twice, with the first <c>P2PCHAT_STEPS</c> of its steps, and
    /// verifies that the steps are the same and that nothing is violated. Prints the steps if the seed is set.
    /// </summary>
    public static void Replay(ITestOutputHelper output, bool hasStores)
    {
        var (seed, steps) = (Setting("P2PCHAT_SEED") ?? 1, Setting("P2PCHAT_STEPS") ?? Steps);
        var (first, second) = (new List<string>(), new List<string>());

        var (_, broken) = Run(seed, TestFault.None, steps, hasStores, first.Add);
        _ = Run(seed, TestFault.None, steps, hasStores, second.Add);

        Assert.Equal(first, second);
        if (Setting("P2PCHAT_SEED") is not null)
        {
            output.WriteLine(string.Join('\n', first));
        }

        Assert.True(broken is null, broken);
    }

    /// <summary>Runs something in a folder of its own, and deletes that.</summary>
    public static T InFolder<T>(Func<string, T> run)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Fast, $"p2pchat-simulation-{Guid.NewGuid():N}"));
        try
        {
            return run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <returns>The first seed in which the checker detects the fault, and its violation; null if none.</returns>
    public static (int Seed, string What)? FirstToFind(TestFault fault, int count, bool hasStores = false)
    {
        for (var seed = 1; seed <= count; seed++)
        {
            if (Run(seed, fault, Steps, hasStores).What is { } what)
            {
                return (seed, what);
            }
        }

        return null;
    }

    // Each commit would wait for a disk.
    private static string Fast => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;

    private static string Describe(int seed, bool hasStores)
    {
        // A run with fewer steps is the beginning of a longer one, so the shortest that fails shows the fault best.
        var fewest = Enumerable.Range(0, Steps + 1).First(steps => Broken(steps) is not null);
        var tests = hasStores ? nameof(TimerSimulationTests) : nameof(SimulationTests);
        return $"Seed {seed} fails after {fewest} steps: {Broken(fewest)}\n"
            + $"P2PCHAT_SEED={seed} P2PCHAT_STEPS={fewest} ./test.sh FullyQualifiedName~.{tests}.One_seed "
            + "prints its steps.";

        string? Broken(int steps) => Run(seed, TestFault.None, steps, hasStores).What;
    }
}

using System.Collections.Concurrent;
using System.Globalization;

namespace P2PChat.Tests.Simulation;

/// <summary>Runs many seeds, and describes how to replay one that fails.</summary>
internal static class SimulationRun
{
    /// <summary>Number of steps of a history before it settles.</summary>
    public const int Steps = 400;

    /// <returns>The numbers of promised and of arrived messages.</returns>
    public static (long Promised, long Arrived) All(int first, int count)
    {
        var (promised, arrived) = (0L, 0L);
        var failing = new ConcurrentBag<int>();
        _ = Parallel.For(
            first,
            first + count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (seed, loop) =>
            {
                var simulation = new Simulation(seed, TestFault.None, trace: null);
                if (simulation.Run(Steps) is not null)
                {
                    failing.Add(seed);
                    loop.Break();
                }

                _ = Interlocked.Add(ref promised, simulation.Checker.Promised);
                _ = Interlocked.Add(ref arrived, simulation.Checker.Arrived);
            }
        );
        if (!failing.IsEmpty)
        {
            Assert.Fail(Describe(failing.Min()));
        }

        return (promised, arrived);
    }

    /// <returns>The first seed in which the checker detects the fault, and its violation; null if none.</returns>
    public static (int Seed, string What)? FirstToFind(TestFault fault, int count)
    {
        for (var seed = 1; seed <= count; seed++)
        {
            if (new Simulation(seed, fault, trace: null).Run(Steps) is { } what)
            {
                return (seed, what);
            }
        }

        return null;
    }

    public static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;

    private static string Describe(int seed)
    {
        // A run with fewer steps is the beginning of a longer one, so the shortest that fails shows the fault best.
        var fewest = Enumerable.Range(0, Steps + 1).First(steps => Broken(seed, steps) is not null);
        return $"Seed {seed} fails after {fewest} steps: {Broken(seed, fewest)}\n"
            + $"P2PCHAT_SEED={seed} P2PCHAT_STEPS={fewest} ./test.sh FullyQualifiedName~SimulationTests.One_seed "
            + "prints its steps.";
    }

    private static string? Broken(int seed, int steps) => new Simulation(seed, TestFault.None, trace: null).Run(steps);
}

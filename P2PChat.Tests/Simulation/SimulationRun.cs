using System.Collections.Concurrent;
using System.Globalization;

namespace P2PChat.Tests.Simulation;

/// <summary>Runs many seeds, and says of one that fails how to see it again.</summary>
internal static class SimulationRun
{
    /// <summary>How many steps a history has before all comes to rest.</summary>
    public const int Steps = 400;

    /// <returns>How many messages were promised, and how many arrived.</returns>
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

    /// <returns>The first seed of which the checker finds the fault, and what it says; null if it finds it in none.</returns>
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
        // The fewer steps are the beginning of the more: the first number that fails shows the fault with the least around it.
        var fewest = Enumerable.Range(0, Steps + 1).First(steps => Broken(seed, steps) is not null);
        return $"Seed {seed} fails after {fewest} steps: {Broken(seed, fewest)}\n"
            + $"P2PCHAT_SEED={seed} P2PCHAT_STEPS={fewest} ./test.sh FullyQualifiedName~SimulationTests.One_seed shows each of its steps.";
    }

    private static string? Broken(int seed, int steps) => new Simulation(seed, TestFault.None, trace: null).Run(steps);
}

using System.Globalization;

namespace P2PChat.Tests.Fuzzing;

/// <summary>
/// Runs targets on mutations of seeds and of earlier accepted inputs. Runs 200,000 inputs in total, or as many as
/// <c>P2PCHAT_FUZZ_INPUTS</c>, from seed 1 or <c>P2PCHAT_FUZZ_SEED</c>.
/// </summary>
internal static class Fuzzer
{
    private const long InAll = 200_000;
    private const int Kept = 200;

    // Inputs have at most 8 KiB, so a target that allocates more than this is broken.
    private const long MostBytes = 4 * 1024 * 1024;

    /// <param name="share">The target's share of all inputs, in percent.</param>
    /// <returns>The number of inputs.</returns>
    public static long Inputs(double share) => (long)(Setting("P2PCHAT_FUZZ_INPUTS", InAll) * share / 100);

    public static int Seed => (int)Setting("P2PCHAT_FUZZ_SEED", 1);

    /// <param name="target">
    /// Throws if it finds a bug. Returns whether the input was accepted; accepted inputs are mutated further.
    /// </param>
    public static void Run(double share, Form form, IEnumerable<byte[]> seeds, Func<byte[], bool> target)
    {
        var random = new Random(Seed);
        var mutator = new Mutator(random);
        List<byte[]> pool = [.. seeds];
        var seedCount = pool.Count;
        foreach (var seed in pool)
        {
            Try(target, seed);
        }

        var accepted = 0L;
        var inputs = Inputs(share);
        for (long i = 0; i < inputs; i++)
        {
            var input = mutator.Mutate(pool[random.Next(pool.Count)], form);
            if (!Try(target, input))
            {
                continue;
            }

            accepted++;
            if (pool.Count < seedCount + Kept)
            {
                pool.Add(input);
            }
            else
            {
                pool[seedCount + random.Next(Kept)] = input;
            }
        }

        // A target that rejects or accepts everything tests nothing.
        Assert.InRange(accepted, 1, inputs - 1);
    }

    /// <summary>Runs a state machine through many random histories. Their steps count as inputs.</summary>
    /// <param name="history">Does the given number of steps.</param>
    public static void RunHistories(double share, int steps, Action<Random, int> history)
    {
        var histories = Math.Max(1, Inputs(share) / steps);
        for (long i = 0; i < histories; i++)
        {
            var seed = unchecked((int)(Seed * 7919L + i));
            try
            {
                history(new Random(seed), steps);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} fails: {exception.Message}", exception);
            }
        }
    }

    private static bool Try(Func<byte[], bool> target, byte[] input)
    {
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var accepted = target(input);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
            return accepted;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"The input {Convert.ToHexStringLower(input)} fails: {exception.GetType().Name}: {exception.Message}",
                exception
            );
        }
    }

    private static long Setting(string name, long otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}

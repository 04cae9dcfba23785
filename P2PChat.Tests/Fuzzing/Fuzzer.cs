using System.Globalization;

namespace P2PChat.Tests.Fuzzing;

/// <summary>
/// Runs a target on many inputs, each a change of a seed or of an earlier input. 200,000 in all; as many as
/// <c>P2PCHAT_FUZZ_INPUTS</c> says where it is set. <c>P2PCHAT_FUZZ_SEED</c> begins elsewhere than at 1.
/// </summary>
internal static class Fuzzer
{
    private const long InAll = 200_000;
    private const int Kept = 200;

    // Inputs are of 8 KiB at most; what is made of one, and of its checks, is in proportion.
    private const long MostBytes = 4 * 1024 * 1024;

    /// <param name="share">Which part of all inputs the target gets, in percent.</param>
    /// <returns>How many.</returns>
    public static long Inputs(double share) => (long)(Setting("P2PCHAT_FUZZ_INPUTS", InAll) * share / 100);

    public static int Seed => (int)Setting("P2PCHAT_FUZZ_SEED", 1);

    /// <param name="target">Throws where something is wrong. Says whether the input was accepted: such are changed further.</param>
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

        // A target that refuses everything, or takes everything, tests nothing.
        Assert.InRange(accepted, 1, inputs - 1);
    }

    /// <summary>Runs a machine through many random histories; the inputs are their steps.</summary>
    /// <param name="history">Does as many steps as it is told.</param>
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
            catch (Exception e)
            {
                throw new InvalidOperationException($"The history of seed {seed} fails: {e.Message}", e);
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
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"The input {Convert.ToHexStringLower(input)} fails: {e.GetType().Name}: {e.Message}",
                e
            );
        }
    }

    private static long Setting(string name, long otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}

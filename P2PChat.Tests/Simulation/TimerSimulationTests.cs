using P2PChat.Tests.Hostile;
using Xunit.Abstractions;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Disappearing messages in random histories with faults, in which each peer has its real store.
/// <c>P2PCHAT_TIMER_SEEDS</c> sets how many (default 20). <c>P2PCHAT_SEED</c> and <c>P2PCHAT_STEPS</c> replay one, as
/// in <see cref="SimulationTests"/>.
/// </summary>
[Collection(Alone.Name)]
public class TimerSimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 20;

    [Fact]
    public void Messages_disappear_neither_early_nor_late()
    {
        var count = SimulationRun.Setting("P2PCHAT_TIMER_SEEDS") ?? Seeds;
        var (promised, arrived, disappeared) = SimulationRun.All(first: 1, count, hasStores: true);
        output.WriteLine($"{promised} messages promised, {arrived} arrived, {disappeared} copies disappeared.");
        // Histories without them would prove nothing.
        Assert.True(disappeared > count * 5L);
    }

    [Fact]
    public void One_seed_replays_with_its_steps()
    {
        var (seed, steps) = (
            SimulationRun.Setting("P2PCHAT_SEED") ?? 1,
            SimulationRun.Setting("P2PCHAT_STEPS") ?? SimulationRun.Steps
        );
        var (first, second) = (new List<string>(), new List<string>());

        var (_, broken) = SimulationRun.Run(seed, TestFault.None, steps, hasStores: true, first.Add);
        _ = SimulationRun.Run(seed, TestFault.None, steps, hasStores: true, second.Add);

        Assert.Equal(first, second);
        if (SimulationRun.Setting("P2PCHAT_SEED") is not null)
        {
            output.WriteLine(string.Join('\n', first));
        }

        Assert.True(broken is null, broken);
    }

    [Fact]
    public void Deletion_by_one_clock_is_detected() => AssertFound(TestFault.OneClockTrusted);

    [Fact]
    public void Version_that_stays_is_detected() => AssertFound(TestFault.VersionKept);

    private void AssertFound(TestFault fault)
    {
        var found = SimulationRun.FirstToFind(fault, 5 * Seeds, hasStores: true);

        Assert.NotNull(found);
        output.WriteLine($"Seed {found.Value.Seed}: {found.Value.What}");
    }
}

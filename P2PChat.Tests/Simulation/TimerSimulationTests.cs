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
    public void One_seed_replays_with_its_steps() => SimulationRun.Replay(output, hasStores: true);

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

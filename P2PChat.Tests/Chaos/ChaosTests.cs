using P2PChat.Tests.Simulation;
using Xunit.Abstractions;

namespace P2PChat.Tests.Chaos;

/// <summary>
/// Checks the delivery guarantee with real processes and stores that are killed and whose links are cut.
/// <c>P2PCHAT_CHAOS_SECONDS</c> sets the duration (default 40), <c>P2PCHAT_CHAOS_SEED</c> the schedule of faults.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Seconds = 40;

    [Fact]
    public async Task Every_message_arrives_once_in_order_despite_faults()
    {
        var seed = SimulationRun.Setting("P2PCHAT_CHAOS_SEED") ?? Random.Shared.Next(1, 1_000_000);
        var seconds = SimulationRun.Setting("P2PCHAT_CHAOS_SECONDS") ?? Seconds;
        await using var run = new ChaosRun(seed, TimeSpan.FromSeconds(seconds));
        var replay =
            $"To repeat: P2PCHAT_CHAOS_SEED={seed} P2PCHAT_CHAOS_SECONDS={seconds} "
            + "./test.sh FullyQualifiedName~ChaosTests\n"
            + string.Join('\n', run.Schedule);
        output.WriteLine(replay);
        IReadOnlyList<ChaosFact> facts;
        try
        {
            facts = await run.RunAsync();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{run.Counts}. It broke off.\n{replay}\n{run.Outputs}", exception);
        }

        output.WriteLine($"{run.Counts}; {run.ArrivedMeanwhile} were told while it broke.");
        var broken = ChaosFact.Judge(facts);
        Assert.True(
            broken.Count == 0,
            $"{broken.Count} violations; {run.Counts}.\n{string.Join('\n', broken.Take(20))}\n{replay}\n{run.Outputs}"
        );

        Assert.True(run.CarriedByMail > 0, $"No message has come by mail; {run.Counts}.\n{replay}\n{run.Outputs}");

        // The checker finds an invented violation.
        var (kept, told) = (facts.OfType<ChaosFact.Kept>().Last(), facts.OfType<ChaosFact.Told>().Last());
        Assert.NotEmpty(ChaosFact.Judge(facts.Where(fact => fact != kept)));
        Assert.NotEmpty(ChaosFact.Judge(facts.Append(kept)));
        Assert.NotEmpty(ChaosFact.Judge(facts.Append(told with { State = SeenState.Queued })));
        Assert.NotEmpty(ChaosFact.Judge(facts.Append(new ChaosFact.Kept(kept.Receiver, kept.Sender, "never sent"))));
    }
}

using P2PChat.Tests.Hostile;
using Xunit.Abstractions;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The promise, over histories in which all goes wrong that can. <c>P2PCHAT_SEEDS</c> says how many (1,000 otherwise);
/// <c>P2PCHAT_SEED</c> replays one, and <c>P2PCHAT_STEPS</c> the beginning of it; each step is in the test's output.
/// </summary>
[Collection(Alone.Name)]
public class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 1000;

    [Fact]
    public void Whatever_breaks_each_message_arrives_once_and_in_order_or_its_sender_is_told()
    {
        var count = SimulationRun.Setting("P2PCHAT_SEEDS") ?? Seeds;
        var (promised, arrived) = SimulationRun.All(first: 1, count);
        output.WriteLine($"{promised} messages promised, {arrived} arrived.");
        // Histories in which nothing happens, or nothing arrives, would say nothing.
        Assert.True(promised > count * 10L);
        Assert.True(arrived > promised / 2);
    }

    [Fact]
    public void One_seed_replays_with_its_steps()
    {
        var (seed, steps) = (
            SimulationRun.Setting("P2PCHAT_SEED") ?? 1,
            SimulationRun.Setting("P2PCHAT_STEPS") ?? SimulationRun.Steps
        );
        var (first, second) = (new List<string>(), new List<string>());

        var broken = new Simulation(seed, TestFault.None, first.Add).Run(steps);
        _ = new Simulation(seed, TestFault.None, second.Add).Run(steps);

        Assert.Equal(first, second);
        if (SimulationRun.Setting("P2PCHAT_SEED") is not null)
        {
            output.WriteLine(string.Join('\n', first));
        }

        Assert.True(broken is null, broken);
    }

    [Fact]
    public void An_acknowledgement_before_the_commit_is_found() => AssertFound(TestFault.AckBeforeCommit);

    [Fact]
    public void A_deposit_that_clears_the_outbox_is_found() => AssertFound(TestFault.ClearedOnDeposit);

    [Fact]
    public void A_duplicate_that_is_kept_is_found() => AssertFound(TestFault.DedupOff);

    [Fact]
    public void What_is_told_before_the_commit_is_found() => AssertFound(TestFault.ToldBeforeCommit);

    [Fact]
    public void A_loss_of_the_mailboxes_that_nobody_minds_is_found() => AssertFound(TestFault.LossIgnored);

    [Fact]
    public void An_epoch_that_is_used_again_after_a_second_restore_is_found() =>
        AssertFound(TestFault.EpochWithoutChance);

    [Fact]
    public void Sender_that_does_not_notice_that_it_is_an_older_copy_is_found() => AssertFound(TestFault.CopyUnnoticed);

    [Fact]
    public void Receiver_that_does_not_notice_what_it_lost_is_found() => AssertFound(TestFault.LossUnnoticed);

    [Fact]
    public void Peers_that_answer_each_other_forever_are_found() => AssertFound(TestFault.AnswersForever);

    private void AssertFound(TestFault fault)
    {
        var found = SimulationRun.FirstToFind(fault, Seeds);

        Assert.NotNull(found);
        output.WriteLine($"Seed {found.Value.Seed}: {found.Value.What}");
    }
}

using P2PChat.Tests.Hostile;
using Xunit.Abstractions;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The delivery promise in random histories with faults. <c>P2PCHAT_SEEDS</c> sets how many (default 1,000).
/// <c>P2PCHAT_SEED</c> replays one, and <c>P2PCHAT_STEPS</c> its beginning, with each step in the test's output.
/// </summary>
[Collection(Alone.Name)]
public class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 1000;

    [Fact]
    public void Messages_arrive_once_and_in_order_or_the_sender_is_told()
    {
        var count = SimulationRun.Setting("P2PCHAT_SEEDS") ?? Seeds;
        var (promised, arrived, _) = SimulationRun.All(first: 1, count);
        output.WriteLine($"{promised} messages promised, {arrived} arrived.");
        // Histories without messages would prove nothing.
        Assert.True(promised > count * 10L);
        Assert.True(arrived > promised / 2);
    }

    [Fact]
    public void One_seed_replays_with_its_steps() => SimulationRun.Replay(output, hasStores: false);

    [Fact]
    public void Acknowledgement_before_the_commit_is_detected() => AssertFound(TestFault.AckBeforeCommit);

    [Fact]
    public void Deposit_that_empties_the_outbox_is_detected() => AssertFound(TestFault.DepositAcknowledges);

    [Fact]
    public void Stored_duplicate_is_detected() => AssertFound(TestFault.DedupOff);

    [Fact]
    public void Event_before_the_commit_is_detected() => AssertFound(TestFault.ToldBeforeCommit);

    [Fact]
    public void Ignored_loss_of_the_mailboxes_is_detected() => AssertFound(TestFault.LossIgnored);

    [Fact]
    public void Reused_epoch_is_detected() => AssertFound(TestFault.EpochWithoutChance);

    [Fact]
    public void Sender_that_ignores_being_an_older_copy_is_detected() => AssertFound(TestFault.CopyUnnoticed);

    [Fact]
    public void Receiver_that_ignores_its_loss_is_detected() => AssertFound(TestFault.LossUnnoticed);

    [Fact]
    public void Request_by_mail_without_an_answer_is_detected() => AssertFound(TestFault.AnswerOmitted);

    [Fact]
    public void Peers_that_answer_each_other_forever_are_detected() => AssertFound(TestFault.AnswersForever);

    [Fact]
    public void Message_without_its_content_is_detected() => AssertFound(TestFault.ContentOmitted);

    private void AssertFound(TestFault fault)
    {
        var found = SimulationRun.FirstToFind(fault, 5 * Seeds);

        Assert.NotNull(found);
        output.WriteLine($"Seed {found.Value.Seed}: {found.Value.What}");
    }
}

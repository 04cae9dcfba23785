namespace P2PChat.Tests.Simulation;

/// <summary>Tests of the checker itself.</summary>
public class PromiseCheckerTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly TimeSpan Expiry = TimeSpan.FromDays(14);
    private readonly PromiseChecker _checker = new(Expiry);

    public PromiseCheckerTests()
    {
        foreach (var text in new[] { "one", "two" })
        {
            _checker.Sending("a", "b", text, Start);
            _checker.SendAccepted(text);
            _checker.StateSeen(text, SeenState.Queued, Start);
        }
    }

    [Fact]
    public void Messages_delivered_once_and_in_order_pass()
    {
        Arrive("one");
        Arrive("two");
        _checker.StateSeen("two", SeenState.Read, Start);

        AssertFound();
    }

    [Fact]
    public void Expiry_and_refusal_pass_with_a_reason()
    {
        _checker.StateSeen("one", SeenState.Expired, Start + Expiry);
        _checker.Refusing("b", "a");
        _checker.StateSeen("two", SeenState.Refused, Start);

        AssertFound();
    }

    [Fact]
    public void Lost_message_is_detected()
    {
        Arrive("one");
        _checker.StateSeen("two", SeenState.Delivered, Start);

        AssertFound("'two' from a to b is Delivered, but not in the receiver's store.");
    }

    [Fact]
    public void Uninformed_sender_is_detected()
    {
        Arrive("one");
        _checker.Received("b", "a", "two");

        AssertFound("'two' from a to b is still Queued, and has arrived.");
    }

    [Fact]
    public void Duplicate_and_misdirected_messages_are_detected()
    {
        Arrive("one");
        Arrive("two");
        _checker.Received("b", "a", "two");
        _checker.Received("a", "b", "one");

        AssertFound(
            "'two' from a to b is in the receiver's store twice.",
            "a has 'one' from b, which was never sent there."
        );
    }

    [Fact]
    public void Wrong_order_is_detected()
    {
        Arrive("two");
        Arrive("one");

        AssertFound("'one' from a to b is in the receiver's store after a message that was sent later.");
    }

    [Fact]
    public void Reverted_and_final_states_are_detected()
    {
        Arrive("one");
        _checker.StateSeen("one", SeenState.Sent, Start);
        _checker.StateSeen("two", SeenState.Expired, Start + Expiry);
        _checker.StateSeen("two", SeenState.Delivered, Start + Expiry);

        Assert.Equal(
            [
                "'one' from a to b went back from Delivered to Sent.",
                "'two' from a to b was Expired and is now Delivered.",
            ],
            _checker.Violations
        );
    }

    [Fact]
    public void Expiry_and_refusal_without_a_reason_are_detected()
    {
        _checker.StateSeen("one", SeenState.Expired, Start + Expiry - TimeSpan.FromSeconds(1));
        _checker.StateSeen("two", SeenState.Refused, Start);

        AssertFound(
            "'one' from a to b has expired after 13.23:59:59.",
            "'two' from a to b was refused, but no peer had refused."
        );
    }

    [Fact]
    public void Only_messages_in_the_backup_stay_promised()
    {
        Arrive("one");
        Arrive("two");
        _checker.Restored("a", new Dictionary<string, SeenState> { ["one"] = SeenState.Queued }, new HashSet<string>());
        _checker.Restored("b", new Dictionary<string, SeenState>(), new HashSet<string>());

        AssertFound("'one' from a to b is still Queued, and has arrived.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Late_message_may_be_out_of_order_if_its_sender_was_restored(bool isRestored)
    {
        _checker.MayExpireEarly("one");
        if (isRestored)
        {
            _checker.Restored(
                "a",
                new Dictionary<string, SeenState> { ["one"] = SeenState.Queued, ["two"] = SeenState.Queued },
                new HashSet<string>()
            );
        }

        _checker.StateSeen("one", SeenState.Expired, Start);
        Arrive("two");
        _checker.Received("b", "a", "one");

        AssertFound(
            isRestored ? [] : ["'one' from a to b is in the receiver's store after a message that was sent later."]
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Late_message_may_be_out_of_order_after_a_second_restore(bool wasAbandoned)
    {
        _checker.MayExpireEarly("one");
        if (wasAbandoned)
        {
            _checker.Abandoned("one");
        }

        Arrive("two");
        _checker.Restored(
            "a",
            new Dictionary<string, SeenState> { ["one"] = SeenState.Queued, ["two"] = SeenState.Queued },
            new HashSet<string>()
        );
        _checker.StateSeen("two", SeenState.Delivered, Start);
        Arrive("one");

        AssertFound(
            wasAbandoned ? [] : ["'one' from a to b is in the receiver's store after a message that was sent later."]
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_message_reverts_only_if_sent_again(bool isSentAgain)
    {
        Arrive("one");
        Arrive("two");
        _checker.StateSeen("one", SeenState.Read, Start);
        _checker.Restored("b", new Dictionary<string, SeenState>(), new HashSet<string> { "two" });
        if (isSentAgain)
        {
            _checker.Recalled("one");
        }

        Arrive("one");

        AssertFound(isSentAgain ? [] : ["'one' from a to b went back from Read to Delivered."]);
    }

    [Fact]
    public void Resending_without_a_loss_is_detected()
    {
        Arrive("one");
        Arrive("two");
        _checker.Recalled("one");

        AssertFound("'one' from a to b is sent again, but its receiver has lost nothing.");
    }

    private void Arrive(string text)
    {
        _checker.Received("b", "a", text);
        _checker.LeftOutbox(text);
        _checker.StateSeen(text, SeenState.Delivered, Start);
    }

    private void AssertFound(params string[] violations)
    {
        _checker.Settled();
        Assert.Equal(violations, _checker.Violations);
    }
}

namespace P2PChat.Tests.Simulation;

/// <summary>That the checker itself tells right from wrong.</summary>
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
    public void What_arrives_once_and_in_order_and_is_known_to_have_is_well()
    {
        Arrive("one");
        Arrive("two");
        _checker.StateSeen("two", SeenState.Read, Start);

        AssertFound();
    }

    [Fact]
    public void A_message_may_expire_in_its_time_and_be_refused_or_taken_back_where_somebody_has()
    {
        _checker.StateSeen("one", SeenState.Expired, Start + Expiry);
        _checker.Refusing("b", "a");
        _checker.StateSeen("two", SeenState.Refused, Start);

        AssertFound();
    }

    [Fact]
    public void A_message_that_is_nowhere_is_found()
    {
        Arrive("one");
        _checker.StateSeen("two", SeenState.Delivered, Start);

        AssertFound("'two' from a to b is Delivered, and not in the receiver's store.");
    }

    [Fact]
    public void A_sender_that_is_not_told_is_found()
    {
        Arrive("one");
        _checker.Received("b", "a", "two");

        AssertFound("'two' from a to b still is Queued, and had arrived.");
    }

    [Fact]
    public void A_message_that_is_there_twice_or_was_never_sent_there_is_found()
    {
        Arrive("one");
        Arrive("two");
        _checker.Received("b", "a", "two");
        _checker.Received("a", "b", "one");

        AssertFound(
            "'two' from a to b is in the receiver's store twice.",
            "a has 'one' of b, who never sent it there."
        );
    }

    [Fact]
    public void Another_order_than_the_senders_is_found()
    {
        Arrive("two");
        Arrive("one");

        AssertFound("'one' from a to b is in the receiver's store behind one that was sent later.");
    }

    [Fact]
    public void A_state_that_goes_back_or_after_the_end_is_found()
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
    public void An_end_without_its_reason_is_found()
    {
        _checker.StateSeen("one", SeenState.Expired, Start + Expiry - TimeSpan.FromSeconds(1));
        _checker.StateSeen("two", SeenState.Refused, Start);

        AssertFound(
            "'one' from a to b has expired after 13.23:59:59.",
            "'two' from a to b was refused, and nobody had."
        );
    }

    [Fact]
    public void What_a_backup_does_not_have_is_not_promised_any_more_and_what_it_has_is()
    {
        Arrive("one");
        Arrive("two");
        _checker.Restored("a", new Dictionary<string, SeenState> { ["one"] = SeenState.Queued }, new HashSet<string>());
        _checker.Restored("b", new Dictionary<string, SeenState>(), new HashSet<string>());

        AssertFound("'one' from a to b still is Queued, and had arrived.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_given_up_and_comes_after_all_has_no_order_only_where_its_sender_has_forgotten_that_it_left(
        bool isRestored
    )
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

        AssertFound(isRestored ? [] : ["'one' from a to b is in the receiver's store behind one that was sent later."]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_given_up_in_what_a_second_death_has_forgotten_has_no_order_though_nobody_had_been_told(
        bool wasGivenUp
    )
    {
        _checker.MayExpireEarly("one");
        if (wasGivenUp)
        {
            _checker.GaveUp("one");
        }

        Arrive("two");
        _checker.Restored(
            "a",
            new Dictionary<string, SeenState> { ["one"] = SeenState.Queued, ["two"] = SeenState.Queued },
            new HashSet<string>()
        );
        _checker.StateSeen("two", SeenState.Delivered, Start);
        Arrive("one");

        AssertFound(wasGivenUp ? [] : ["'one' from a to b is in the receiver's store behind one that was sent later."]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_message_goes_back_only_if_it_is_sent_again(bool isSentAgain)
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
    public void Message_sent_again_without_a_loss_is_found()
    {
        Arrive("one");
        Arrive("two");
        _checker.Recalled("one");

        AssertFound("'one' from a to b is sent again, although its receiver has lost nothing.");
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

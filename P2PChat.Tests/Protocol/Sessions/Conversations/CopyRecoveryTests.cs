using System.Diagnostics;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>Limits on the work that claims of older copies cause, and failures of the store.</summary>
public sealed class CopyRecoveryTests
{
    private const ulong Ours = 100;
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    private readonly Outbox _outbox;
    private readonly CopyRecovery _recovery;

    public CopyRecoveryTests()
    {
        var options = new ConversationOptions { Draw = _ => 0 };
        _outbox = new(
            new ConversationSnapshot(Ours)
            {
                Base = 5,
                Checksum = ItemChecksum.Unknown,
                Acknowledged = new Position(Ours, 5),
            },
            options
        );
        _recovery = new(_outbox, options);
    }

    [Fact]
    public void Acks_with_wrong_checksums_are_compared_once_a_minute()
    {
        var (conversation, effects) = (
            new RecordedConversation(Ours, new ConversationOptions()),
            new List<SessionEffect>()
        );
        conversation.LinkOpened(1, effects);
        List<Guid> ids = [.. Enumerable.Range(0, 3800).Select(_ => Guid.CreateVersion7())];
        foreach (var id in ids)
        {
            Assert.Equal(SendOutcome.Queued, conversation.Send(new OutgoingMessage(id, "x", Start), effects));
        }
        // Each of the six may have been received before it was abandoned, so 64 checksums are possible.
        Assert.All(ids.Take(6), id => Assert.True(conversation.GiveUp(id, effects)));
        conversation.Receive(1, Wrong(Ours), effects);
        effects.Clear();
        var epoch = conversation.Snapshot.Epoch;

        // This is within a minute of the new epoch. A comparison with 64 checksums takes about 5 ms.
        Assert.All(ids.Skip(6).Take(6), id => Assert.True(conversation.GiveUp(id, effects)));
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 3000; i++)
        {
            conversation.Receive(1, Wrong(epoch), effects);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(effects, effect => effect is SessionEffect.Delivered);

        static Frame Wrong(ulong epoch) =>
            new()
            {
                Ack = new Ack
                {
                    Epoch = epoch,
                    Next = 3990,
                    Checksum = 7,
                },
            };
    }

    [Fact]
    public void Epoch_for_lost_messages_is_above_one_learned_meanwhile()
    {
        var recall = Ask();
        _recovery.NoteSurpassed(Ours + 50);

        Assert.Equal(Ours + 51, _recovery.OnRecalled(recall));
    }

    [Fact]
    public void Store_is_asked_again_if_another_epoch_began_within_a_minute()
    {
        var recall = Ask();
        _recovery.NoteSurpassed(Ours + 50);
        Assert.NotNull(_recovery.TakeNewEpoch());
        _recovery.OnEpochBegun();

        Assert.Null(_recovery.OnRecalled(recall));
        Assert.Null(_recovery.TakeRecall());
        PassAMinute();
        Assert.Equal(recall, _recovery.TakeRecall());
    }

    [Fact]
    public void Store_that_cannot_answer_is_asked_again_in_a_minute()
    {
        var recall = Ask();

        _recovery.OnRecallFailed(recall);

        Assert.Null(_recovery.TakeRecall());
        PassAMinute();
        Assert.Equal(recall, _recovery.TakeRecall());
    }

    [Fact]
    public void Changing_claims_make_the_store_search_once_a_minute()
    {
        var recall = Ask();
        for (ulong next = 3; next < 5; next++)
        {
            NoteMissingFrom(next);
            Assert.Null(_recovery.TakeRecall());
            _recovery.ForgetLost();
            NoteMissingFrom(next);
            Assert.Null(_recovery.TakeRecall());
        }

        Assert.Null(_recovery.OnRecalled(recall));
        Assert.Null(_recovery.TakeRecall());
        PassAMinute();
        Assert.Equal(new Position(Ours, 4), _recovery.TakeRecall()!.Kept);
    }

    private SessionEffect.Recall Ask()
    {
        NoteMissingFrom(2);
        return _recovery.TakeRecall()!;
    }

    private void NoteMissingFrom(ulong next) =>
        _recovery.NoteMissing(
            new Resume
            {
                MissingEpoch = Ours,
                MissingNext = 5,
                ReceiveEpoch = Ours,
                ReceiveNext = next,
            }
        );

    private void PassAMinute()
    {
        _ = _recovery.Tick(Start);
        Assert.True(_recovery.Tick(Start.AddMinutes(1)));
    }
}

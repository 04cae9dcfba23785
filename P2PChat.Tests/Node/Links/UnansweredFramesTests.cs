using P2PChat.Node.Links;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

public sealed class UnansweredFramesTests
{
    private readonly ManualClock _clock = new();
    private readonly UnansweredFrames _unanswered;

    public UnansweredFramesTests() => _unanswered = new UnansweredFrames(_clock);

    [Fact]
    public void Allowance_is_capped_at_that_of_the_largest_message()
    {
        _unanswered.OnWriting(Message(1), ping: false, bytes: 32 * 1024);
        Assert.Equal(TimeSpan.FromSeconds(1), _unanswered.Current!.Value.Transfer);

        _unanswered.OnWriting(Message(8), ping: false, bytes: 256 * 1024);
        Assert.Equal(TimeSpan.FromSeconds(2), _unanswered.Current.Value.Transfer);
    }

    [Fact]
    public void Ack_restarts_the_time_and_keeps_the_allowance()
    {
        var written = _clock.GetTimestamp();
        _unanswered.OnWriting(Message(4), ping: true, bytes: 256 * 1024);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(written, _unanswered.Current!.Value.Since);

        _unanswered.OnAck(new Ack { Epoch = 1, Next = 2 });
        Assert.Equal((_clock.GetTimestamp(), TimeSpan.FromSeconds(2)), _unanswered.Current.Value);
        _unanswered.OnAck(new Ack { Epoch = 1, Next = 5 });
        Assert.NotNull(_unanswered.Current);
        _unanswered.OnPong();
        Assert.Null(_unanswered.Current);

        _unanswered.OnWriting(message: null, ping: true, bytes: 10);
        Assert.True(_unanswered.Current!.Value.Transfer < TimeSpan.FromMilliseconds(1));
    }

    private static OutgoingFrame Message(ulong sequence) =>
        new(new OutgoingMessage(Guid.NewGuid(), "text", DateTimeOffset.UnixEpoch), epoch: 1, sequence);
}

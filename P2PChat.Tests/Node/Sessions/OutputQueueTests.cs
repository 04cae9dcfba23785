using P2PChat.Node.Sessions;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>What waits for which changes.</summary>
public class OutputQueueTests
{
    private static readonly SessionEffect Frame = new SessionEffect.Transmit(1, new Frame());
    private static readonly SessionEffect Told = new SessionEffect.Delivered(
        new OutgoingMessage(Guid.NewGuid(), "text", DateTimeOffset.UnixEpoch)
    );
    private static readonly SessionEffect Taken = new SessionEffect.MailTaken(7);

    private readonly OutputQueue _queue = new();

    [Fact]
    public void A_frame_does_not_wait_for_what_may_be_forgotten_but_what_is_told_and_the_mailboxs_copy_do()
    {
        _queue.Add(Told, binding: 1, last: 2);
        _queue.Add(Taken, binding: 1, last: 2);
        _queue.Add(Frame, binding: 1, last: 2);

        Assert.Null(_queue.Take(committed: 0));
        Assert.Same(Frame, _queue.Take(committed: 1));
        Assert.Null(_queue.Take(committed: 1));
        Assert.Same(Told, _queue.Take(committed: 2));
        Assert.Same(Taken, _queue.Take(committed: 2));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void What_waits_for_nothing_comes_in_its_order()
    {
        SessionEffect[] effects = [Told, Frame, Taken, Frame, Told];
        foreach (var effect in effects)
        {
            _queue.Add(effect, binding: 1, last: 1);
        }

        Assert.Equal(effects, effects.Select(_ => _queue.Take(committed: 1)));
    }

    [Fact]
    public void What_is_told_is_told_in_its_order_whatever_is_committed()
    {
        _queue.Add(Told, binding: 1, last: 3);
        _queue.Add(Taken, binding: 1, last: 4);

        Assert.Null(_queue.Take(committed: 2));
        Assert.Same(Told, _queue.Take(committed: 3));
        Assert.Null(_queue.Take(committed: 3));
    }
}

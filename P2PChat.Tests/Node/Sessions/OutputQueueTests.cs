using P2PChat.Node.Sessions;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Which effects wait for which changes.</summary>
public class OutputQueueTests
{
    private static readonly SessionEffect Frame = new SessionEffect.Transmit(1, new Frame());
    private static readonly SessionEffect Delivered = new SessionEffect.Delivered(
        new OutgoingMessage(Guid.NewGuid(), "text", DateTimeOffset.UnixEpoch)
    );
    private static readonly SessionEffect Taken = new SessionEffect.MailReceived(7);

    private readonly OutputQueue _queue = new();

    [Fact]
    public void Only_events_and_mailbox_deletions_wait_for_nonbinding_changes()
    {
        _queue.Add(Delivered, binding: 1, last: 2);
        _queue.Add(Taken, binding: 1, last: 2);
        _queue.Add(Frame, binding: 1, last: 2);

        Assert.Null(_queue.Take(committed: 0));
        Assert.Same(Frame, _queue.Take(committed: 1));
        Assert.Null(_queue.Take(committed: 1));
        Assert.Same(Delivered, _queue.Take(committed: 2));
        Assert.Same(Taken, _queue.Take(committed: 2));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Committed_effects_are_released_in_order()
    {
        SessionEffect[] effects = [Delivered, Frame, Taken, Frame, Delivered];
        foreach (var effect in effects)
        {
            _queue.Add(effect, binding: 1, last: 1);
        }

        Assert.Equal(effects, effects.Select(_ => _queue.Take(committed: 1)));
    }

    [Fact]
    public void Events_are_released_in_order()
    {
        _queue.Add(Delivered, binding: 1, last: 3);
        _queue.Add(Taken, binding: 1, last: 4);

        Assert.Null(_queue.Take(committed: 2));
        Assert.Same(Delivered, _queue.Take(committed: 3));
        Assert.Null(_queue.Take(committed: 3));
    }
}

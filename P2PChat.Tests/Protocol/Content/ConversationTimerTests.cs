using P2PChat.Protocol.Content;

namespace P2PChat.Tests.Protocol.Content;

public sealed class ConversationTimerTests
{
    private const uint Hour = 3600;
    private const uint Day = 24 * Hour;

    [Fact]
    public void Messages_stay_without_a_timer() => Assert.Equal(0u, default(ConversationTimer).Seconds);

    [Fact]
    public void Later_timer_counts_whatever_its_id()
    {
        var (low, high) = (new Guid(1, 0, 0, new byte[8]), new Guid(-1, 0, 0, new byte[8]));
        var (alice, bob) = (default(ConversationTimer), default(ConversationTimer));

        Set(ref alice, ref bob, high, Hour);
        Assert.Equal((Hour, Hour), (alice.Seconds, bob.Seconds));

        Set(ref bob, ref alice, low, Day);
        Assert.Equal((Day, Day), (alice.Seconds, bob.Seconds));

        Set(ref alice, ref bob, Guid.Empty, 0);
        Assert.Equal((0u, 0u), (alice.Seconds, bob.Seconds));
    }

    // Each side sets the timer again and again while what it has sent is on its way.
    [Fact]
    public void Both_sides_agree_whatever_crosses()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            ConversationTimer[] timers = [default, default];
            Queue<(Guid Id, MessageContent.Timer Content)>[] toOther = [new(), new()];
            for (var step = 0; step < 20; step++)
            {
                var side = random.Next(2);
                if (random.Next(2) == 0)
                {
                    var content = timers[side].Set((uint)random.Next(3) * Hour);
                    var id = new Guid(random.Next(), 0, 0, new byte[8]);
                    timers[side] = timers[side].Sent(id, content);
                    toOther[side].Enqueue((id, content));
                }
                else if (toOther[side].TryDequeue(out var sent))
                {
                    timers[1 - side] = timers[1 - side].Received(sent.Id, sent.Content);
                }
            }

            for (var side = 0; side < 2; side++)
            {
                while (toOther[side].TryDequeue(out var sent))
                {
                    timers[1 - side] = timers[1 - side].Received(sent.Id, sent.Content);
                }
            }

            Assert.True(timers[0].Seconds == timers[1].Seconds, $"Seed {seed}: {timers[0]} and {timers[1]}");
        }
    }

    [Fact]
    public void Other_messages_change_nothing()
    {
        var timer = default(ConversationTimer).Sent(Guid.NewGuid(), new MessageContent.Timer(Hour, After: null));

        Assert.Equal(timer, timer.Sent(Guid.NewGuid(), content: null));
        Assert.Equal(timer, timer.Received(Guid.NewGuid(), new MessageContent.Delete(Guid.NewGuid())));
    }

    private static void Set(ref ConversationTimer by, ref ConversationTimer other, Guid id, uint seconds)
    {
        var content = by.Set(seconds);
        (by, other) = (by.Sent(id, content), other.Received(id, content));
    }
}

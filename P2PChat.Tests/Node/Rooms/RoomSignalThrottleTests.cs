using P2PChat.Node.Rooms;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

public sealed class RoomSignalThrottleTests
{
    private static readonly PeerId One = RoomKeys.IdOf(1);
    private static readonly PeerId Two = RoomKeys.IdOf(2);

    private readonly RoomSignalThrottle _throttle = new();
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Typing_passes_once_in_two_seconds_and_its_end_once()
    {
        Assert.True(_throttle.PassesTyping(One, active: true, _now));
        Assert.False(_throttle.PassesTyping(One, active: true, _now));
        Assert.True(_throttle.PassesTyping(Two, active: true, _now));
        Assert.True(_throttle.PassesTyping(One, active: false, _now));
        Assert.False(_throttle.PassesTyping(One, active: false, _now));
        Assert.False(_throttle.PassesTyping(One, active: true, _now));

        _now += TimeSpan.FromSeconds(2);

        Assert.True(_throttle.PassesTyping(One, active: true, _now));
    }

    [Fact]
    public void Flood_of_typing_signals_makes_few_events()
    {
        var passed = 0;
        for (var i = 0; i < 600; i++)
        {
            _now += TimeSpan.FromSeconds(0.1);
            passed += _throttle.PassesTyping(One, active: i % 2 == 0, _now) ? 1 : 0;
        }

        Assert.InRange(passed, 2, 60);
    }

    [Fact]
    public void Last_read_mark_within_a_second_is_due_after_it()
    {
        Assert.True(_throttle.PassesRead(One, _now));
        Assert.Null(_throttle.Deadline);
        _now += TimeSpan.FromSeconds(0.4);
        Assert.False(_throttle.PassesRead(One, _now));
        Assert.False(_throttle.PassesRead(One, _now));

        Assert.Equal(_now + TimeSpan.FromSeconds(0.6), _throttle.Deadline);
        Assert.Empty(_throttle.TakeDueReads(_now));
        _now += TimeSpan.FromSeconds(0.6);
        Assert.Equal([One], _throttle.TakeDueReads(_now));
        Assert.Null(_throttle.Deadline);

        // The next one has to wait again, and one that passes leaves nothing due.
        Assert.False(_throttle.PassesRead(One, _now));
        _now += TimeSpan.FromSeconds(2);
        Assert.True(_throttle.PassesRead(One, _now));
        Assert.Null(_throttle.Deadline);
    }

    [Fact]
    public void Read_marks_pass_once_per_second()
    {
        Assert.True(_throttle.PassesRead(One, _now));
        Assert.False(_throttle.PassesRead(One, _now));
        Assert.True(_throttle.PassesRead(Two, _now));

        _now += TimeSpan.FromSeconds(1);

        Assert.True(_throttle.PassesRead(One, _now));
    }
}

using P2PChat.Protocol.Sessions;

namespace P2PChat.Tests.Protocol.Sessions;

public class LivenessTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private readonly Liveness _liveness = new(
        TimeSpan.FromSeconds(15),
        TimeSpan.FromSeconds(45),
        TimeSpan.FromSeconds(3),
        Start
    );

    [Fact]
    public void Silent_link_is_pinged_every_15_seconds_and_dead_after_45()
    {
        var asked = Enumerable
            .Range(0, 60)
            .Where(second => _liveness.Tick(Start + TimeSpan.FromSeconds(second)) == LivenessAction.SendPing);

        Assert.Equal([15, 30], asked.Take(2));
        Assert.Equal(LivenessAction.Dead, _liveness.Tick(Start + TimeSpan.FromSeconds(45)));
    }

    [Fact]
    public void Active_link_is_not_pinged()
    {
        _liveness.Heard(Start + TimeSpan.FromSeconds(14));

        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(28)));
        Assert.Equal(LivenessAction.SendPing, _liveness.Tick(Start + TimeSpan.FromSeconds(29)));
        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Probed_link_is_pinged_at_once_and_dead_after_3_seconds()
    {
        _liveness.Heard(Start + TimeSpan.FromSeconds(1));
        _liveness.Probe(Start + TimeSpan.FromSeconds(1));

        Assert.Equal(LivenessAction.SendPing, _liveness.Tick(Start + TimeSpan.FromSeconds(1)));
        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(3.9)));
        Assert.Equal(LivenessAction.Dead, _liveness.Tick(Start + TimeSpan.FromSeconds(4)));
    }

    [Fact]
    public void Probed_link_that_answers_stays_alive()
    {
        _liveness.Probe(Start + TimeSpan.FromSeconds(1));
        _ = _liveness.Tick(Start + TimeSpan.FromSeconds(1));
        _liveness.Heard(Start + TimeSpan.FromSeconds(2));

        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(10)));
        Assert.Equal(LivenessAction.SendPing, _liveness.Tick(Start + TimeSpan.FromSeconds(17)));
    }

    [Fact]
    public void Unanswered_frame_causes_a_ping_at_half_the_time_and_then_the_end()
    {
        _liveness.Heard(Start + TimeSpan.FromSeconds(1));
        _liveness.Unanswered = (Start + TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6));

        Assert.Equal(Start + TimeSpan.FromSeconds(5), _liveness.Deadline);
        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(4.9)));
        Assert.Equal(LivenessAction.SendPing, _liveness.Tick(Start + TimeSpan.FromSeconds(5)));
        Assert.Equal(Start + TimeSpan.FromSeconds(8), _liveness.Deadline);
        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(7.9)));
        Assert.Equal(LivenessAction.Dead, _liveness.Tick(Start + TimeSpan.FromSeconds(8)));
    }

    [Fact]
    public void Link_with_an_unanswered_frame_stays_alive_while_anything_is_heard()
    {
        _liveness.Unanswered = (Start, TimeSpan.FromSeconds(6));
        for (var second = 3; second < 30; second += 3)
        {
            Assert.Equal(LivenessAction.SendPing, _liveness.Tick(Start + TimeSpan.FromSeconds(second)));
            _liveness.Heard(Start + TimeSpan.FromSeconds(second));
        }

        _liveness.Unanswered = null;
        Assert.Equal(LivenessAction.None, _liveness.Tick(Start + TimeSpan.FromSeconds(41)));
    }
}

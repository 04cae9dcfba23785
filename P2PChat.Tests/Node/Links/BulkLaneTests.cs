using Google.Protobuf;
using P2PChat.Node.Links;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

public sealed class BulkLaneTests
{
    private static readonly Frame Part = new()
    {
        FilePart = new FilePart { Data = ByteString.CopyFrom(new byte[16 * 1024]) },
    };

    private static readonly Frame SmallPart = new()
    {
        FilePart = new FilePart { Data = ByteString.CopyFrom(new byte[8 * 1024]) },
    };

    private readonly ManualClock _clock = new();
    private readonly BulkLane _bulk;

    public BulkLaneTests() => _bulk = new BulkLane(_clock) { Source = () => Part };

    [Theory]
    [InlineData(100, 20)]
    [InlineData(100, 50)]
    [InlineData(50, 30)]
    [InlineData(500, 100)]
    public void Parts_fill_a_line_and_hardly_queue_in_front_of_it(int megabitsPerSecond, int roundTrip)
    {
        var line = new SimulatedLine(_bulk, _clock, megabitsPerSecond * 1e6, TimeSpan.FromMilliseconds(roundTrip));
        line.Run(TimeSpan.FromSeconds(3));
        var run = line.Run(TimeSpan.FromSeconds(10));
        Assert.InRange(run.BitsPerSecond, megabitsPerSecond * 0.8e6, megabitsPerSecond * 1.01e6);
        Assert.InRange(run.SlowQueue.TotalMilliseconds, 0, roundTrip / 2.0);
    }

    [Fact]
    public void Jitter_and_late_timers_leave_a_transfer_most_of_the_line()
    {
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(20))
        {
            Jitter = TimeSpan.FromMilliseconds(6),
            Lateness = 4,
        };
        line.Run(TimeSpan.FromSeconds(3));
        var run = line.Run(TimeSpan.FromSeconds(20));
        Assert.InRange(run.BitsPerSecond, 60e6, 101e6);
        Assert.InRange(run.SlowQueue.TotalMilliseconds, 0, 10);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(100)]
    public void Timer_that_ticks_rarely_leaves_a_transfer_most_of_the_line(int roundTrip)
    {
        // As timers of Windows do.
        const int tick = 16;
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(roundTrip)) { Tick = tick };
        line.Run(TimeSpan.FromSeconds(5));
        var run = line.Run(TimeSpan.FromSeconds(10));
        Assert.InRange(run.BitsPerSecond, 60e6, 101e6);
        Assert.InRange(run.SlowQueue.TotalMilliseconds, 0, tick + roundTrip / 4.0);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public void Early_late_pongs_do_not_keep_a_transfer_slow(int duration)
    {
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(100));
        line.Run(TimeSpan.FromMilliseconds(250));
        line.RoundTrip = TimeSpan.FromMilliseconds(180);
        line.Run(TimeSpan.FromMilliseconds(duration));
        line.RoundTrip = TimeSpan.FromMilliseconds(100);
        line.Run(TimeSpan.FromSeconds(6));
        Assert.InRange(line.Run(TimeSpan.FromSeconds(3)).BitsPerSecond, 90e6, 101e6);
    }

    [Fact]
    public void Transfer_that_has_emptied_the_queue_is_soon_fast_again()
    {
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(100));
        line.Run(TimeSpan.FromSeconds(122));
        Assert.InRange(line.Run(TimeSpan.FromSeconds(4)).BitsPerSecond, 90e6, 101e6);
    }

    [Fact]
    public void Path_that_has_become_slower_in_a_pause_is_filled_at_once()
    {
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(20));
        line.Run(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromMinutes(5));
        line.RoundTrip = TimeSpan.FromMilliseconds(200);
        line.Run(TimeSpan.FromSeconds(6));
        Assert.InRange(line.Run(TimeSpan.FromSeconds(3)).BitsPerSecond, 60e6, 101e6);
    }

    [Fact]
    public void Queue_of_a_long_transfer_is_not_taken_for_the_path()
    {
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(20));
        line.Run(TimeSpan.FromMinutes(6));
        var run = line.Run(TimeSpan.FromMinutes(1));
        Assert.InRange(run.BitsPerSecond, 80e6, 101e6);
        Assert.InRange(run.SlowQueue.TotalMilliseconds, 0, 10);
    }

    [Fact]
    public void Path_that_has_become_slower_is_filled_after_some_minutes()
    {
        var line = new SimulatedLine(_bulk, _clock, 100e6, TimeSpan.FromMilliseconds(20));
        line.Run(TimeSpan.FromSeconds(10));
        line.RoundTrip = TimeSpan.FromMilliseconds(200);
        line.Run(TimeSpan.FromSeconds(30));
        Assert.InRange(line.Run(TimeSpan.FromSeconds(10)).BitsPerSecond, 0.5e6, 5e6);

        line.Run(TimeSpan.FromMinutes(5));
        Assert.InRange(line.Run(TimeSpan.FromSeconds(10)).BitsPerSecond, 30e6, 101e6);
    }

    [Fact]
    public void Short_path_gets_a_whole_window_at_once()
    {
        for (var round = 0; round < 10; round++)
        {
            _ = Burst(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(Burst(TimeSpan.FromMilliseconds(1)), 8_000_000, 9_000_000);
        for (var round = 0; round < 30; round++)
        {
            _ = Burst(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(Burst(TimeSpan.FromMilliseconds(10)), 0, 90_000);
    }

    [Fact]
    public void Window_that_is_not_used_does_not_grow()
    {
        var roundTrip = TimeSpan.FromMilliseconds(20);
        var left = 0;
        _bulk.Source = () => left-- > 0 ? SmallPart : null;
        for (var round = 0; round < 20; round++)
        {
            left = 1;
            Assert.True(_bulk.Take(mayPing: true).MustPing);
            Assert.Null(_bulk.Take(mayPing: false).Part);
            _clock.Advance(roundTrip);
            _bulk.OnPong();
        }

        _bulk.Source = () => Part;
        var line = new SimulatedLine(_bulk, _clock, 1e9, roundTrip);
        Assert.InRange(line.Run(roundTrip).BitsPerSecond * roundTrip.TotalSeconds / 8, 16_000, 90_000);
    }

    // Writes until the window is full, and the Pong comes after the time.
    private long Burst(TimeSpan roundTrip)
    {
        var written = 0L;
        while (_bulk.Take(mayPing: false).Part is { } part)
        {
            written += part.CalculateSize();
        }

        var turn = _bulk.Take(mayPing: true);
        Assert.Equal(new BulkTurn(null, MustPing: true), turn);
        _clock.Advance(roundTrip);
        _bulk.OnPong();
        return written;
    }
}

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

    private readonly ManualClock _clock = new();
    private readonly BulkLane _bulk;

    public BulkLaneTests() => _bulk = new BulkLane(_clock) { Source = () => Part };

    [Fact]
    public void Window_grows_while_no_delay_shows()
    {
        for (var round = 0; round < 10; round++)
        {
            _ = Round(TimeSpan.FromMilliseconds(20));
        }

        Assert.InRange(Round(TimeSpan.FromMilliseconds(20)), 7_000_000, 9_000_000);
    }

    [Fact]
    public void Window_shrinks_with_a_delay_and_grows_again_on_a_slower_path()
    {
        for (var round = 0; round < 10; round++)
        {
            _ = Round(TimeSpan.FromMilliseconds(20));
        }

        for (var round = 0; round < 30; round++)
        {
            _ = Round(TimeSpan.FromMilliseconds(200));
        }

        Assert.InRange(Round(TimeSpan.FromMilliseconds(200)), 0, 90_000);
        _clock.Advance(TimeSpan.FromMinutes(2));
        _ = Round(TimeSpan.FromMilliseconds(200));
        _clock.Advance(TimeSpan.FromMinutes(2));
        for (var round = 0; round < 30; round++)
        {
            _ = Round(TimeSpan.FromMilliseconds(200));
        }

        Assert.InRange(Round(TimeSpan.FromMilliseconds(200)), 900_000, 2_000_000);
    }

    // Writes until the window is full, and the Pong comes after the time.
    private long Round(TimeSpan roundTrip)
    {
        var written = 0L;
        while (_bulk.Take(mayPing: false, out _) is { } part)
        {
            written += part.CalculateSize();
        }

        Assert.Null(_bulk.Take(mayPing: true, out var mustPing));
        Assert.True(mustPing);
        _clock.Advance(roundTrip);
        _bulk.OnPong();
        return written;
    }
}

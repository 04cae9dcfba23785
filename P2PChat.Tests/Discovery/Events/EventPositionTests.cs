using P2PChat.Discovery.Events;

namespace P2PChat.Tests.Discovery.Events;

public sealed class EventPositionTests
{
    [Fact]
    public void Position_survives_a_round_trip()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var numbers = Enumerable
                .Range(0, 16)
                .Select(_ => 1_800_000_000_000_000 + random.NextInt64(1L << random.Next(1, 40)))
                .ToArray();

            Assert.True(EventPosition.TryParse(new EventPosition(numbers).ToString(), 16, out var read));
            Assert.Equal(numbers, Enumerable.Range(0, 16).Select(shard => read[shard]));
        }
    }

    [Fact]
    public void Position_of_16_shards_has_at_most_80_characters() =>
        Assert.InRange(
            new EventPosition(Enumerable.Range(0, 16).Select(shard => 1_800_000_000_000_000L + shard * 1_000))
                .ToString()
                .Length,
            1,
            80
        );

    [Fact]
    public void Position_of_another_store_is_rejected()
    {
        var written = new EventPosition([1, 2, 3]).ToString();

        Assert.False(EventPosition.TryParse(written, 2, out _));
        Assert.False(EventPosition.TryParse(written, 4, out _));
        Assert.False(EventPosition.TryParse("", 3, out _));
        Assert.False(EventPosition.TryParse(new string('A', 1000), 3, out _));
        // A varint that never ends, and one that is too large.
        Assert.False(EventPosition.TryParse("gICAgICAgICAgICAgICA", 1, out _));
        Assert.False(EventPosition.TryParse("_____________38BAQ", 1, out _));
    }

    [Fact]
    public void Positions_are_compared_shard_by_shard()
    {
        var here = new EventPosition([5, 5]);

        Assert.True(here.Covers(here));
        Assert.True(here.Covers(new EventPosition([5, 4])));
        Assert.False(here.Covers(new EventPosition([6, 1])));
        Assert.Equal(new EventPosition([6, 5]).ToString(), here.Max(new EventPosition([6, 1])).ToString());
        Assert.Equal(new EventPosition([5, 7]).ToString(), here.With(1, 7).ToString());
    }
}

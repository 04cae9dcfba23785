using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.DirectoryClient;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class DirectoryTimeTests
{
    private static readonly DateTimeOffset Good = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Reading_is_used_for_5_minutes()
    {
        var clock = new FakeTimeProvider();
        var time = new DirectoryTime(clock);
        Assert.Null(time.Now);
        time.Note(Good);
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(Good + TimeSpan.FromMinutes(4), time.Now);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(time.Now);
    }

    [Fact]
    public void Directory_on_this_machine_is_not_independent()
    {
        var clock = new FakeTimeProvider();
        var time = new DirectoryTime(clock);
        time.Note(Good, isLocal: true);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((Good + TimeSpan.FromSeconds(1), null), (time.Now, time.Independent));

        time.Note(Good);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((Good + TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)), time.Independent);
    }

    [Theory]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("0001-01-01T00:00:00Z")]
    public void Date_at_either_end_of_the_calendar_is_ignored(string date)
    {
        var clock = new FakeTimeProvider();
        var time = new DirectoryTime(clock);
        time.Note(Good);
        time.Note(DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Good + TimeSpan.FromSeconds(1), time.Now);
    }
}

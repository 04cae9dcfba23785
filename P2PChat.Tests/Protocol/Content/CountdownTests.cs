using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Protocol.Content;

/// <summary>When a disappearing message is due, under clocks that may be wrong.</summary>
public sealed class CountdownTests
{
    private static readonly TimeReading Start = new(
        DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000),
        TimeSpan.FromHours(3),
        DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000)
    );

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly Countdown _countdown = new(3600, Start);

    [Fact]
    public void Message_is_due_exactly_when_its_time_is_over()
    {
        Assert.False(_countdown.IsDue(After(Hour - Second)));
        Assert.Equal(Second, _countdown.LeftAt(After(Hour - Second)));
        Assert.True(_countdown.IsDue(After(Hour)));
    }

    [Fact]
    public void Own_clock_that_jumps_ahead_deletes_nothing_early() =>
        Assert.False(_countdown.IsDue(After(Second) with { Own = Start.Own.AddYears(5) }));

    [Fact]
    public void Directory_clock_that_jumps_ahead_deletes_nothing_early() =>
        Assert.False(_countdown.IsDue(After(Second) with { Directory = Start.Own.AddYears(5) }));

    [Fact]
    public void Own_clock_that_jumps_ahead_without_a_directory_deletes_nothing_early()
    {
        Assert.False(_countdown.IsDue(new TimeReading(Start.Own.AddYears(5), Start.Ran + Second)));
        Assert.False(
            (_countdown with { Began = Start with { Directory = null } }).IsDue(
                After(Second) with
                {
                    Own = Start.Own.AddYears(5),
                }
            )
        );
    }

    [Fact]
    public void Clock_that_is_set_back_delays_nothing_while_the_peer_runs() =>
        Assert.True(_countdown.IsDue(After(Hour) with { Own = Start.Own.AddYears(-5), Directory = null }));

    [Fact]
    public void Time_while_the_peer_was_off_counts_if_both_clocks_agree()
    {
        var days = Start.Own + TimeSpan.FromDays(3);

        Assert.True(_countdown.IsDue(new TimeReading(days, Start.Ran, days)));
        Assert.False(_countdown.IsDue(new TimeReading(days, Start.Ran)));
    }

    private static TimeReading After(TimeSpan time) => new(Start.Own + time, Start.Ran + time, Start.Directory + time);
}

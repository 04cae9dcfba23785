using P2PChat.Peer.Formatting;

namespace P2PChat.Tests.Peer.Formatting;

/// <summary>The order of conversations and rooms, and the merge of their search results.</summary>
public sealed class NewestFirstTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Message_with_a_clock_of_1970_holds_nothing_back()
    {
        var bad = DateTimeOffset.UnixEpoch;

        Assert.Equal([bad, Ago(1), Ago(2), Ago(3)], Merge([Ago(2)], [bad, Ago(1), Ago(3)]));
        Assert.Equal([Ago(1), Ago(2), bad], Merge([Ago(1)], [Ago(2), bad]));
    }

    [Fact]
    public void Late_history_holds_nothing_back()
    {
        DateTimeOffset?[] late = [Ago(50), Ago(51), Ago(52)];

        Assert.Equal([.. late, Ago(1), Ago(2), Ago(3), Ago(4)], Merge([Ago(2), Ago(4)], [.. late, Ago(1), Ago(3)]));
    }

    [Fact]
    public void Message_from_the_future_counts_as_one_of_now()
    {
        Assert.Equal([Now, Ago(-9), Ago(1)], Merge([Now, Ago(1)], [Ago(-9)]));
        Assert.Equal([Ago(1), null], Merge([null], [Ago(1)]));
        Assert.Empty(Merge([], []));
    }

    [Fact]
    public void Conversation_from_the_future_is_not_kept_at_the_top()
    {
        (string Name, DateTimeOffset? At)[] all =
        [
            ("empty", null),
            ("now", Now),
            ("before", Ago(1)),
            ("tomorrow", Ago(-24)),
            ("later", Ago(-1)),
        ];

        Assert.Equal(
            ["now", "tomorrow", "later", "before", "empty"],
            NewestFirst.Order(all, one => one.At, Now).Select(one => one.Name)
        );
    }

    private static DateTimeOffset Ago(int hours) => Now.AddHours(-hours);

    private static IEnumerable<DateTimeOffset?> Merge(DateTimeOffset?[] conversations, DateTimeOffset?[] rooms) =>
        NewestFirst.Merge(conversations, rooms, time => time, Now);
}

using P2PChat.Protocol.Content;
using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Protocol.Content;

/// <summary>The rules on which both sides must agree, in random conversations.</summary>
public sealed class ContentHistoryTests
{
    private const int Seeds = 500;
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Both_sides_show_the_same_when_messages_cross()
    {
        var shown = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (alice, bob) = Talk(new Random(seed));

            Assert.Null(HistoryComparison.Find(alice, bob));
            var (one, two) = (new ContentHistory(alice).Rows, new ContentHistory(bob).Rows);
            Assert.Equal(
                one.Select(row => row.Describe(fromOtherSide: false)).Order(StringComparer.Ordinal),
                two.Select(row => row.Describe(fromOtherSide: true)).Order(StringComparer.Ordinal)
            );
            shown += one.Count(row => row.IsRemoved || row.EditedAt is not null || row.OwnReaction.Length > 0);
        }

        // Conversations without content would prove nothing.
        Assert.True(shown > 5 * Seeds);
    }

    [Fact]
    public void Only_own_messages_change_and_versions_stay_limited()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (messages, _) = Talk(new Random(seed));
            var texts = messages.Where(message => message.IsOwn).Select(message => message.Text).ToHashSet();

            Assert.All(new ContentHistory(messages).Rows, row =>
            {
                Assert.InRange(row.Versions.Count, 0, ContentRules.MaxVersions);
                Assert.Equal(row.EditedAt is not null, row.Versions.Count > 0);
                Assert.True(row.IsRemoved == (row.Text.Length == 0));
                Assert.Equal(
                    row.IsOwn && !row.IsRemoved,
                    texts.Contains(row.Text) || texts.Contains(FallbackText.EditPrefix + row.Text)
                );
            });
        }
    }

    [Fact]
    public void Comparison_finds_a_difference()
    {
        var id = Guid.NewGuid();
        HistoryMessage[] own =
        [
            new(id, IsOwn: true, Start, "text"),
            new(Guid.NewGuid(), IsOwn: true, Start, "edited: other", new MessageContent.Edit(id)),
        ];
        HistoryMessage[] other = [own[0] with { IsOwn = false }, own[1] with { IsOwn = false, Content = null }];

        Assert.NotNull(HistoryComparison.Find(own, other));
        Assert.Null(HistoryComparison.Find(own, [.. own.Select(message => message with { IsOwn = false })]));
    }

    // The messages of both sides, each in its own order. Messages cross on their way.
    private static (List<HistoryMessage> Alice, List<HistoryMessage> Bob) Talk(Random random)
    {
        var (histories, sides) = (
            new[] { new List<HistoryMessage>(), [] },
            new[] { new Queue<HistoryMessage>(), new() }
        );
        for (var step = 0; step < 200; step++)
        {
            var side = random.Next(2);
            if (random.Next(2) == 0)
            {
                var message = Next(random, histories[side], step);
                histories[side].Add(message);
                sides[1 - side].Enqueue(message with { IsOwn = false });
            }
            else
            {
                Take(side);
            }
        }

        while (Take(0) || Take(1)) { }
        return (histories[0], histories[1]);

        bool Take(int side)
        {
            if (!sides[side].TryDequeue(out var message))
            {
                return false;
            }

            histories[side].Add(message);
            return true;
        }
    }

    private static HistoryMessage Next(Random random, List<HistoryMessage> history, int step)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        var sentAt = Start + TimeSpan.FromHours(random.Next(10) == 0 ? random.Next(-60, 60) : 0);
        var plain = new HistoryMessage(new Guid(bytes), IsOwn: true, sentAt, $"text {step}");
        if (history.Count == 0)
        {
            return plain;
        }

        var target = history[random.Next(Math.Max(0, history.Count - 10), history.Count)];
        var reference = new MessageReference(target.Id, Yours: !target.IsOwn);
        MessageContent? content = random.Next(9) switch
        {
            0 => new MessageContent.Reply(reference),
            1 or 2 => new MessageContent.Reaction(reference, random.Next(3) == 0 ? "" : "👍"),
            3 or 4 => new MessageContent.Edit(target.Id),
            5 => new MessageContent.Delete(target.Id),
            6 => new MessageContent.Reaction(reference with { Yours = target.IsOwn }, "👎"),
            _ => null,
        };
        return plain with { Text = FallbackText.Of(content, plain.Text), Content = content };
    }
}

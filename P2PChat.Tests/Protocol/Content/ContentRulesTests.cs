using System.Text.Json;
using P2PChat.Protocol.Content;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Protocol.Content;

public sealed class ContentRulesTests
{
    private static readonly DateTimeOffset SentAt = DateTimeOffset.UnixEpoch.AddDays(1);

    [Theory]
    [InlineData(0, true)]
    [InlineData(48 * 3600 * 1000L, true)]
    [InlineData(48 * 3600 * 1000L + 1, false)]
    [InlineData(-48 * 3600 * 1000L, true)]
    [InlineData(-48 * 3600 * 1000L - 1, false)]
    public void Edit_is_accepted_within_48_hours(long milliseconds, bool counts) =>
        Assert.Equal(counts, ContentRules.MayEdit(SentAt, SentAt.AddMilliseconds(milliseconds)));

    [Fact]
    public void Times_at_their_limits_do_not_overflow() =>
        Assert.False(ContentRules.MayEdit(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));

    [Fact]
    public void First_and_last_20_versions_are_kept()
    {
        var versions = new List<int>();
        for (var number = 0; number < 100; number++)
        {
            versions.Add(number);
            if (ContentRules.VersionToDrop(versions.Count) is { } drop)
            {
                versions.RemoveAt(drop);
            }
        }

        Assert.Equal([0, .. Enumerable.Range(80, 20)], versions);
    }

    [Theory]
    [InlineData("👍")]
    [InlineData("❤")]
    [InlineData("❤️")]
    [InlineData("👍🏽")]
    [InlineData("☝🏿")]
    [InlineData("👩🏽‍💻")]
    [InlineData("👨‍👩‍👧‍👦")]
    [InlineData("🏳️‍🌈")]
    [InlineData("👩🏽‍❤️‍💋‍👨🏿")]
    [InlineData("🇩🇪")]
    [InlineData("🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F")]
    [InlineData("1️⃣")]
    [InlineData("#️⃣")]
    [InlineData("©️")]
    [InlineData("🫩")]
    public void One_emoji_is_recognized(string text) => Assert.True(ContentRules.IsEmoji(text));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1")]
    [InlineData("#")]
    [InlineData("1️")]
    [InlineData("👍👍")]
    [InlineData("👍 ")]
    [InlineData(" 👍")]
    [InlineData("👍a")]
    [InlineData("🇩")]
    [InlineData("🇩🇪🇫🇷")]
    [InlineData("🇩👍")]
    [InlineData("\u200D")]
    [InlineData("👍\u200D")]
    [InlineData("\u200D👍")]
    [InlineData("👍\u0301")]
    [InlineData("❤\uFE0E")]
    [InlineData("\uFE0F")]
    [InlineData("ä")]
    [InlineData("漢")]
    [InlineData("\u202E👍")]
    [InlineData("\uD83D")]
    [InlineData("👍\U000E0067")]
    [InlineData("🏴\U000E0067\U000E0062")]
    [InlineData("🏴\U000E007F\U000E0067\U000E007F")]
    [InlineData("🏽\n")]
    [InlineData(":+1:")]
    public void Other_text_is_not_an_emoji(string text) => Assert.False(ContentRules.IsEmoji(text));

    [Fact]
    public void Every_emoji_of_the_picker_is_recognized()
    {
        using var data = JsonDocument.Parse(
            File.ReadAllText(RepositoryFile.PathOf("P2PChat.Peer/wwwroot/emoji/emoji.json"))
        );
        var all = data
            .RootElement.GetProperty("groups")
            .EnumerateArray()
            .SelectMany(group => group.GetProperty("emoji").EnumerateArray())
            .SelectMany(emoji => emoji.GetArrayLength() == 5 ? [emoji[0], emoji[4]] : new[] { emoji[0] })
            .Select(text => text.GetString()!);

        Assert.DoesNotContain(all, text => !ContentRules.IsEmoji(text));
    }

    [Fact]
    public void Long_sequence_of_emoji_is_refused()
    {
        var joined = string.Join('\u200D', Enumerable.Repeat("👩", 9));

        Assert.True(ContentRules.IsEmoji(joined));
        Assert.False(ContentRules.IsEmoji(joined + "\u200D👩"));
        Assert.False(ContentRules.IsEmoji(string.Concat(Enumerable.Repeat(joined, 10_000))));
    }
}

using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Model;

/// <summary>Which display names a user can choose, and what is shown of those of others.</summary>
public sealed class DisplayNamesTests
{
    [Theory]
    [InlineData("Ann Lee")]
    [InlineData("Зоя 李雷 😀")]
    [InlineData("O'Brien (work)")]
    [InlineData("नमस्ते")]
    [InlineData("علی\u200cرضا")]
    [InlineData("क्\u200dष")]
    [InlineData("👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👍🏽 1\ufe0f\u20e3 🇩🇪")]
    [InlineData("👨🏽\u200d💻 🏳\ufe0f\u200d🌈")]
    [InlineData("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f")]
    [InlineData("ကြွှေ့")]
    public void Ordinary_names_stay_as_they_are(string name)
    {
        Assert.Equal(name, DisplayNames.Parse($"  {name} "));
        Assert.Equal(name, DisplayNames.Clean(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("two\nlines")]
    [InlineData("a\u202egpj")]
    [InlineData("a\ttab")]
    [InlineData("a  gap")]
    [InlineData("\u200b\u200b")]
    [InlineData("\u3164")]
    [InlineData("bob \u2713")]
    [InlineData("b\u200dob")]
    [InlineData("\u2800")]
    [InlineData("\u001b[31mred")]
    public void Names_that_mislead_cannot_be_chosen(string name) => Assert.Null(DisplayNames.Parse(name));

    [Fact]
    public void Name_has_at_most_64_characters()
    {
        Assert.NotNull(DisplayNames.Parse(new string('x', 64)));
        Assert.Null(DisplayNames.Parse(new string('x', 65)));
        Assert.Equal(new string('x', 64), DisplayNames.Clean(new string('x', 100_000)));
        // No half of an emoji is left.
        Assert.Equal(new string('x', 63), DisplayNames.Clean(new string('x', 63) + "😀"));
    }

    [Theory]
    [InlineData("two\nlines", "two␊lines")]
    [InlineData("Bob\u202e", "Bob<U+202E>")]
    [InlineData("Bob                    Smith", "Bob Smith")]
    [InlineData("Bob\u00a0\u2003\u3000Smith", "Bob Smith")]
    [InlineData("\u001b[2JBob", "␛[2JBob")]
    [InlineData("a\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "a\u0301\u0301\u0301\u0301")]
    [InlineData("a\u0301\u0301\u0301\u0301\u200d\u0301\u0301\u0301", "a\u0301\u0301\u0301\u0301")]
    [InlineData("a\u0301\u0301\u0301\u0301\u00ad\u0301b", "a\u0301\u0301\u0301\u0301b")]
    [InlineData("\u0301\u0301a", "a")]
    [InlineData("b\u200dob", "bob")]
    [InlineData("b\u200c\u200bo\u00adb\ufe00\ufe0f\u034f", "bob")]
    [InlineData("b\U000e0041ob", "bob")]
    [InlineData("\u2800\u2800bob\u115f\u1160\u2800\U0001d159mallory\u2800", "bob mallory")]
    [InlineData("\u2800\u2800\u2800", null)]
    [InlineData("\u115f", null)]
    [InlineData("\u1160", null)]
    [InlineData("\U0001d159", null)]
    [InlineData("bob ✓✔\ufe0f☑✅🔒🔐🛡\ufe0f verified", "bob verified")]
    [InlineData("\u200b\u200e", null)]
    [InlineData("\U000e0fff\U000e0fff\U000e0fff", null)]
    [InlineData("\U000e0080\U000e01f0", null)]
    [InlineData("\ufff0\ufff8\ue000\U0010fffd", null)]
    [InlineData("b\u2065o\ufff0b\ue000", "bob")]
    [InlineData("bob \U00010102 verified", "bob verified")]
    [InlineData("🏴\U000e0067\U000e0062\U000e007f\U000e0041 bob", "🏴\U000e0067\U000e0062\U000e007f bob")]
    [InlineData(
        "🏴\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e007f",
        "🏴\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067"
    )]
    [InlineData("", null)]
    public void Names_of_others_are_made_safe(string sent, string? shown) =>
        Assert.Equal(shown, DisplayNames.Clean(sent));

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() => Assert.Equal("a\ufffd", DisplayNames.Clean("a\ud800"));

    [Fact]
    public void Name_is_shown_with_the_username()
    {
        Assert.Equal("ann (\"Ann Lee\")", DisplayNames.Show("Ann Lee", "ann"));
        Assert.Equal("eve (\"a'): verified\")", DisplayNames.Show("a\"): verified", "eve"));
        Assert.Equal("eve (\"x') verified (')\")", DisplayNames.Show("x\u201d) verified (\u201c)", "eve"));
        Assert.Equal(
            $"\"{new string('\'', 9)}\"",
            DisplayNames.Quote("\"\u201c\u201d\u201e\u201f\u2033\u2036\u301e\uff02")
        );
        Assert.Equal("ann", DisplayNames.Show(null, "ann"));
    }
}

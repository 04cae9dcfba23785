using P2PChat.Peer.Web.Model;

namespace P2PChat.Tests.Web;

public sealed class MessageTextTests
{
    [Fact]
    public void Plain_text_stays_as_it_is() =>
        Assert.Equal(["one < two\n  & three"], Plain("one < two\n  & three"));

    [Theory]
    [InlineData("see https://example.org/a.", "https://example.org/a", ".")]
    [InlineData("(https://example.org/a_(b))", "https://example.org/a_(b)", ")")]
    [InlineData("http://example.org?q=1&r=2#x!", "http://example.org?q=1&r=2#x", "!")]
    [InlineData("HTTPS://Example.org/A", "HTTPS://Example.org/A", "")]
    public void An_address_is_a_link_without_what_follows_it(string text, string shown, string rest)
    {
        var parts = Parts(text);

        Assert.Equal(shown, parts.OfType<TextPart.Link>().Single().Shown);
        Assert.Equal(rest, parts[^1] is TextPart.Plain plain ? plain.Text : "");
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org")]
    [InlineData("https://")]
    [InlineData("https://user:password@example.org")]
    [InlineData("https://example.org@evil.example")]
    [InlineData("//example.org")]
    public void What_is_no_plain_web_address_is_no_link(string text) =>
        Assert.Empty(Parts(text).OfType<TextPart.Link>());

    [Fact]
    public void A_host_that_looks_like_another_shows_what_it_is()
    {
        var link = Parts("https://аpple.com/login").OfType<TextPart.Link>().Single();

        Assert.Equal("https://xn--pple-43d.com/login", link.Url);
        Assert.Equal(link.Url, link.Shown);
    }

    [Fact]
    public void A_link_ends_where_a_character_turns_the_direction()
    {
        var link = Parts("https://example.org/\u202egnp.exe").OfType<TextPart.Link>().Single();

        Assert.Equal("https://example.org/", link.Shown.Split('<')[0]);
    }

    [Fact]
    public void Links_without_end_are_text()
    {
        var parts = Parts(string.Join(' ', Enumerable.Repeat("http://a.b", 5000)));

        Assert.Equal(100, parts.OfType<TextPart.Link>().Count());
    }

    [Fact]
    public void Code_stands_between_backticks_and_keeps_its_lines()
    {
        var blocks = MessageText.Parse("before `a b`\n```cs\nif (x)\n  https://example.org\n```\nafter");

        Assert.Equal(3, blocks.Count);
        Assert.Equal(new TextPart.Code("a b"), Assert.IsType<TextBlock.Paragraph>(blocks[0]).Parts[1]);
        Assert.Equal(new TextBlock.Code("if (x)\n  https://example.org"), blocks[1]);
        Assert.Equal(new TextPart.Plain("after"), Assert.IsType<TextBlock.Paragraph>(blocks[2]).Parts.Single());
    }

    [Theory]
    [InlineData("```\nnever closed")]
    [InlineData("` alone")]
    [InlineData("``")]
    public void Code_that_is_not_closed_is_text(string text) => Assert.Equal([text], Plain(text));

    [Fact]
    public void What_would_turn_or_hide_something_is_made_visible() =>
        Assert.Equal(["a<U+202E>b␇"], Plain("a\u202eb\a"));

    [Theory]
    [InlineData("👍", true)]
    [InlineData("🎉 🎉", true)]
    [InlineData("👩‍👩‍👧", true)]
    [InlineData("❤️", true)]
    [InlineData("🇩🇪", true)]
    [InlineData("👍 ok", false)]
    [InlineData("42", false)]
    [InlineData("", false)]
    [InlineData("👍👍👍👍👍👍👍", false)]
    public void A_few_emoji_alone_are_shown_large(string text, bool isEmoji) => Assert.Equal(isEmoji, MessageText.IsEmoji(text));

    [Fact]
    public void A_preview_is_one_line_and_cut_between_characters()
    {
        Assert.Equal("a b c", MessageText.Preview(" a\n\tb  c ", 20));
        Assert.Equal("👩‍👩‍👧👩‍👩‍👧…", MessageText.Preview("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2));
        Assert.Equal("var x = 1;", MessageText.Preview("```\nvar x = 1;\n```", 20));
    }

    [Fact]
    public void A_long_text_is_cut_at_a_line_or_between_characters()
    {
        Assert.Equal("a\nb", MessageText.Cut("a\nb\nc", 100, 2));
        Assert.Equal("a", MessageText.Cut("a👍", 2, 10));
        Assert.Equal("short", MessageText.Cut("short", 100, 10));
    }

    private static IReadOnlyList<TextPart> Parts(string text) => Assert.IsType<TextBlock.Paragraph>(Assert.Single(MessageText.Parse(text))).Parts;

    private static IEnumerable<string> Plain(string text) => Parts(text).Select(part => Assert.IsType<TextPart.Plain>(part).Text);
}

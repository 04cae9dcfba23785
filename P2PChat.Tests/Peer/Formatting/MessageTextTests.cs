using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;

namespace P2PChat.Tests.Peer.Formatting;

public sealed class MessageTextTests
{
    [Fact]
    public void Plain_text_is_unchanged() => Assert.Equal(["one < two\n  & three"], Plain("one < two\n  & three"));

    [Theory]
    [InlineData("see https://example.org/a.", "https://example.org/a", ".")]
    [InlineData("(https://example.org/a_(b))", "https://example.org/a_(b)", ")")]
    [InlineData("http://example.org?q=1&r=2#x!", "http://example.org?q=1&r=2#x", "!")]
    [InlineData("HTTPS://Example.org/A", "HTTPS://Example.org/A", "")]
    // Text after the link is not part of it.
    [InlineData("请看https://example.org/a，然后", "https://example.org/a", "，然后")]
    [InlineData("https://example.org/a。", "https://example.org/a", "。")]
    [InlineData("（https://example.org/a）是", "https://example.org/a", "）是")]
    [InlineData("“https://example.org/a”是", "https://example.org/a", "”是")]
    [InlineData("‘https://example.org/a’是", "https://example.org/a", "’是")]
    [InlineData("「https://example.org/a」と", "https://example.org/a", "」と")]
    [InlineData("«https://example.org/a»", "https://example.org/a", "»")]
    [InlineData("»https://example.org/a«", "https://example.org/a", "«")]
    [InlineData("https://example.org/a…", "https://example.org/a", "…")]
    [InlineData("https://example.org/a...", "https://example.org/a", "...")]
    [InlineData("https://example.org’s page", "https://example.org", "’s page")]
    [InlineData("https://example.org/a's.", "https://example.org/a", "'s.")]
    [InlineData("https://example.org/a（链接）", "https://example.org/a", "（链接）")]
    [InlineData("https://example.org/a👍", "https://example.org/a", "👍")]
    [InlineData("https://example.org/a→b", "https://example.org/a", "→b")]
    [InlineData("https://example.org/a|", "https://example.org/a", "|")]
    [InlineData("https://example.org/a–", "https://example.org/a", "–")]
    [InlineData("https://example.org/a؟", "https://example.org/a", "؟")]
    [InlineData("https://example.org/a।", "https://example.org/a", "।")]
    [InlineData("[a] (https://example.org/a)b", "https://example.org/a", ")b")]
    [InlineData("https://example.org/a~~,", "https://example.org/a", "~~,")]
    [InlineData("https://example.org/a||b", "https://example.org/a", "||b")]
    [InlineData("'https://example.org/a'", "https://example.org/a", "'")]
    [InlineData("\"https://example.org/a\"", "https://example.org/a", "\"")]
    [InlineData("https://example.org/a?!", "https://example.org/a", "?!")]
    [InlineData("https://example.org/a,;:", "https://example.org/a", ",;:")]
    [InlineData("https://example.org/(", "https://example.org/", "(")]
    // These characters are part of the link.
    [InlineData(
        "https://en.wikipedia.org/wiki/Rust_(programming_language)",
        "https://en.wikipedia.org/wiki/Rust_(programming_language)",
        ""
    )]
    [InlineData(
        "(https://en.wikipedia.org/wiki/Rust_(programming_language)).",
        "https://en.wikipedia.org/wiki/Rust_(programming_language)",
        ")."
    )]
    [InlineData("https://[2001:db8::1]:8080/a[0]", "https://[2001:db8::1]:8080/a[0]", "")]
    [InlineData(
        "https://web.archive.org/web/2020/https://example.org/",
        "https://web.archive.org/web/2020/https://example.org/",
        ""
    )]
    [InlineData("https://example.org/?to=https://example.net/,x", "https://example.org/?to=https://example.net/,x", "")]
    [InlineData(
        "https://ja.wikipedia.org/wiki/レオナルド・ダ・ヴィンチ",
        "https://ja.wikipedia.org/wiki/レオナルド・ダ・ヴィンチ",
        ""
    )]
    [InlineData("https://fr.wikipedia.org/wiki/L’Équipe", "https://fr.wikipedia.org/wiki/L’Équipe", "")]
    [InlineData("https://en.wikipedia.org/wiki/Hobson's_choice", "https://en.wikipedia.org/wiki/Hobson's_choice", "")]
    [InlineData("https://en.wikipedia.org/wiki/Bose–Einstein", "https://en.wikipedia.org/wiki/Bose–Einstein", "")]
    [InlineData("https://fa.wikipedia.org/wiki/می\u200cخواهم", "https://fa.wikipedia.org/wiki/می\u200cخواهم", "")]
    [InlineData("https://example.org/𠮷野家", "https://example.org/𠮷野家", "")]
    [InlineData("https://例え.テスト/パス。", "https://xn--r8jz45g.xn--zckzah/パス", "。")]
    [InlineData("https://bücher.example:8080/ä?q=ö#ü", "https://xn--bcher-kva.example:8080/ä?q=ö#ü", "")]
    [InlineData("https://BU\u0308CHER.example", "https://xn--bcher-kva.example/", "")]
    [InlineData("https://ｅｘａｍｐｌｅ.org/", "https://example.org/", "")]
    [InlineData("https://\u1112\u1161\u11AB\u1100\u116E\u11A8.example/", "https://xn--3e0b707e.example/", "")]
    [InlineData("https://क़लम.example/", "https://xn--11b4cl3b.example/", "")]
    public void Url_is_a_link_without_what_follows(string text, string linkText, string rest)
    {
        var parts = Parts(text);

        Assert.Equal(linkText, parts.OfType<TextPart.Link>().Single().Text);
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
    [InlineData("git+https://example.org")]
    [InlineData("https://，example.org")]
    [InlineData("https://)")]
    [InlineData("https://\u05D0a.example")]
    [InlineData("https://xn--ä.example/")]
    public void Other_schemes_and_malformed_URLs_are_not_links(string text) =>
        Assert.Empty(Parts(text).OfType<TextPart.Link>());

    [Theory]
    [InlineData("https://a.example/x、http://b.example、", "https://a.example/x", "http://b.example")]
    [InlineData("https://a.example/x,https://b.example/y", "https://a.example/x", "https://b.example/y")]
    [InlineData("https://a.example/x；https://b.example/y", "https://a.example/x", "https://b.example/y")]
    [InlineData("(https://a.example)(https://b.example)", "https://a.example", "https://b.example")]
    [InlineData("https://、https://a.example、https://b.example", "https://a.example", "https://b.example")]
    public void Links_joined_by_punctuation_are_separate(string text, string first, string second)
    {
        var parts = Parts(text);

        Assert.Equal([first, second], parts.OfType<TextPart.Link>().Select(link => link.Text));
        Assert.Equal(
            text,
            string.Concat(parts.Select(part => part is TextPart.Link link ? link.Text : ((TextPart.Plain)part).Text))
        );
    }

    [Fact]
    public void Link_to_an_international_path_is_escaped_and_shown_as_written()
    {
        var link = Parts("https://ja.wikipedia.org/wiki/東京").OfType<TextPart.Link>().Single();

        Assert.Equal(
            ("https://ja.wikipedia.org/wiki/%E6%9D%B1%E4%BA%AC", "https://ja.wikipedia.org/wiki/東京"),
            (link.Url, link.Text)
        );
    }

    [Fact]
    public void Lookalike_host_is_shown_in_ASCII()
    {
        var link = Parts("https://аpple.com/login").OfType<TextPart.Link>().Single();

        Assert.Equal("https://xn--pple-43d.com/login", link.Url);
        Assert.Equal(link.Url, link.Text);
    }

    [Fact]
    public void Link_ends_at_a_bidirectional_control_character()
    {
        var link = Parts("https://example.org/\u202egnp.exe").OfType<TextPart.Link>().Single();

        Assert.Equal("https://example.org/", link.Text.Split('<')[0]);
    }

    [Fact]
    public void Links_after_the_first_100_are_text()
    {
        var parts = Parts(string.Join(' ', Enumerable.Repeat("http://a.b", 5000)));

        Assert.Equal(100, parts.OfType<TextPart.Link>().Count());
    }

    [Fact]
    public void Code_in_backticks_keeps_its_lines()
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
    public void Unclosed_code_is_text(string text) => Assert.Equal([text], Plain(text));

    [Fact]
    public void Control_characters_are_made_visible() => Assert.Equal(["a<U+202E>b␇"], Plain("a\u202eb\a"));

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
    public void Message_of_a_few_emoji_is_shown_large(string text, bool isEmoji) =>
        Assert.Equal(isEmoji, MessageText.IsEmoji(text));

    [Fact]
    public void Preview_is_one_line_cut_between_characters()
    {
        Assert.Equal("a b c", MessageText.Preview(" a\n\tb  c ", 20));
        Assert.Equal("👩‍👩‍👧👩‍👩‍👧…", MessageText.Preview("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2));
        Assert.Equal("var x = 1;", MessageText.Preview("```\nvar x = 1;\n```", 20));
        Assert.Equal(
            "Note: > one two 3. three",
            MessageText.Preview("**Note:**\n> ~~one~~ `two`\n\n3. [three](http://a.b)", 40)
        );
    }

    [Fact]
    public void Preview_hides_spoilers_even_where_their_end_was_cut_off()
    {
        Assert.Equal("It is ▒▒▒!", MessageText.Preview("It is ||the butler||!", 20));
        Assert.Equal("It is …", MessageText.Preview($"It is ||the butler {new string('x', 1000)}||", 20));
        Assert.Equal("a || b", MessageText.Preview("a || b", 20));
    }

    [Fact]
    public void Preview_of_a_quote_hides_a_spoiler_that_the_store_cut()
    {
        var cut = $"It is ||the butler {new string('x', 1000)}||"[..MessageQuote.MaxTextLength];

        Assert.Equal("It is …", MessageText.PreviewQuote(cut, 40));
        Assert.Equal("It is ▒▒▒!", MessageText.PreviewQuote("It is ||the butler||!", 40));
        Assert.Equal("a || b", MessageText.PreviewQuote("a || b", 40));
    }

    [Fact]
    public void Cutting_a_long_message_keeps_spoilers_hidden()
    {
        var text = $"> one\n> two\n\n- a\n- ||{new string('x', 100)}||\n- b";

        Assert.Equal(
            $"{{quote one\ntwo}}/{{list - a, - {{hidden {new string('x', 13)}}}}}",
            TextNotation.Of(MessageText.Parse(text, 30, 100, out var rest))
        );
        Assert.Equal($"{new string('x', 87)}\n- b", rest);
        Assert.Equal("{quote one}", TextNotation.Of(MessageText.Parse(text, 30, 1, out _)));
        Assert.Equal("a …", TextNotation.Of(MessageText.Parse("a https://example.org", 10, 1, out _)));
        Assert.Equal(
            TextNotation.Of(MessageText.Parse(text)),
            TextNotation.Of(MessageText.Parse(text, 999, 99, out _))
        );
    }

    [Fact]
    public void Long_text_is_cut_at_a_line_or_between_characters()
    {
        Assert.Equal("a\nb", MessageText.Cut("a\nb\nc", 100, 2));
        Assert.Equal("a", MessageText.Cut("a👍", 2, 10));
        Assert.Equal("short", MessageText.Cut("short", 100, 10));
    }

    private static IReadOnlyList<TextPart> Parts(string text) =>
        Assert.IsType<TextBlock.Paragraph>(Assert.Single(MessageText.Parse(text))).Parts;

    private static IEnumerable<string> Plain(string text) =>
        Parts(text).Select(part => Assert.IsType<TextPart.Plain>(part).Text);
}

using System.Diagnostics;
using P2PChat.Peer.Formatting;
using P2PChat.Peer.Formatting.Parsers;

namespace P2PChat.Tests.Peer.Formatting;

public sealed class MarkdownReaderTests
{
    private const int MaxLength = 64 * 1024;

    // Of all bombs below; ordinary text of this length takes about 1 MiB.
    private const long MaxBytes = 64 * 1024 * 1024;

    // As long as a bomb, and formatted as people do.
    private static readonly string Ordinary = string.Concat(
        Enumerable.Repeat("An *ordinary* text, with `code`.\n", MaxLength / 33)
    );

    // Of all bombs below, compared with ordinary text in the same run. Quadratic work is thousands of times as much.
    private const double MaxTimes = 20;

    [Theory]
    [InlineData("**a** and __b__", "{bold a} and {bold b}")]
    [InlineData("*a* and _b_", "{italic a} and {italic b}")]
    [InlineData("***a***", "{italic {bold a}}")]
    [InlineData("~~a~~ ~b~", "{struck a} ~b~")]
    [InlineData("||a\nb||", "{hidden a\nb}")]
    [InlineData("**a *b* ~~c~~ ||`d`||**", "{bold a {italic b} {struck c} {hidden {code d}}}")]
    [InlineData("||*a|| b*", "{hidden *a} b*")]
    [InlineData("`a *b* c` `` ` `` `a\nb`", "{code a *b* c} {code `} `a\nb`")]
    [InlineData("这是**重点**内容，**「重点」**内容", "这是{bold 重点}内容，{bold 「重点」}内容")]
    [InlineData("**한국어**는", "{bold 한국어}는")]
    [InlineData("(*a*), \"_b_\" – *c*!", "({italic a}), \"{italic b}\" – {italic c}!")]
    [InlineData("**a\nb**", "{bold a\nb}")]
    [InlineData("**a\n\nb**", "**a\n\nb**")]
    [InlineData("> a\n> *b*\nc\n\n\nd", "{quote a\n{italic b}}/c\n\n\nd")]
    [InlineData("> a\n>\n> > b\n> - c", "{quote a/{quote b}/{list - c}}")]
    [InlineData("a\n> b", "a/{quote b}")]
    [InlineData("- a\n- *b*\n  c\n  - d\n* e\nf", "{list - a, - {italic b}\nc/{list - d}}/{list - e}/f")]
    [InlineData("3. a\n1. b\n\n7. c", "{list 3. a, 1. b, 7. c}")]
    [InlineData("```cs\n**a**\n\n  b\n```\nc", "{block **a**\n\n  b}/c")]
    [InlineData("> ```\n> a\n> ```\nb", "{quote {block a}}/b")]
    [InlineData("- ```\n  a\n  ```", "{list - {block a}}")]
    [InlineData("```\na\n```\n```\nb", "{block a}/```\nb")]
    [InlineData("[a *b*](https://example.org/x_(y)_z)!", "{to example.org a {italic b}}!")]
    [InlineData("**[a](http://example.org:81)**", "{bold {to example.org:81 a}}")]
    public void Formatting_is_read(string text, string notation) =>
        Assert.Equal(notation, TextNotation.Of(MessageText.Parse(text)));

    [Theory]
    [InlineData("# a")]
    [InlineData("a\n===")]
    [InlineData("a\n---")]
    [InlineData("***")]
    [InlineData("- - -")]
    [InlineData("a | b\n--|--\n1 | 2")]
    [InlineData("<b>a</b> &amp; <!-- c -->")]
    [InlineData("    code")]
    [InlineData("~~~\na\n~~~")]
    [InlineData("[a]: /b\n[a] [a][b] a[^1]")]
    [InlineData("[a](/b) [a](javascript:c) [a](ftp://b) [](b) [a]() [a](b \"c\")")]
    [InlineData("[x](https://user:secret@example.org)")]
    [InlineData(":smile: - [ ] a {.b}")]
    [InlineData("-")]
    [InlineData("3.")]
    [InlineData("1) a")]
    [InlineData("+ a")]
    [InlineData(">:(")]
    [InlineData(">>> a")]
    [InlineData("2*3*4 = 24")]
    [InlineData("a_b_c and /a/__b__/c")]
    [InlineData("¯\\_(ツ)_/¯")]
    [InlineData("\\*a\\*  \\||b||")]
    [InlineData("**** **")]
    [InlineData("a || b || c, 5 * 3 * 2")]
    [InlineData("a\\\nb\n  c")]
    [InlineData("| |\n|| ||")]
    public void Anything_else_is_text(string text) =>
        Assert.Equal(text, Assert.IsType<TextPart.Plain>(Assert.Single(Parts(text))).Text);

    [Theory]
    [InlineData("[https://bank.example](https://evil.example/a)", "evil.example")]
    [InlineData("[bank.example (bank.example)](https://evil.example)", "evil.example")]
    [InlineData("[a](https://bank.example@evil.example)", null)]
    [InlineData("[a](https://xn--bnk-6na.example)", "xn--bnk-6na.example")]
    [InlineData("[a](https://bаnk.example/b)", "xn--bnk-6cd.example")]
    [InlineData("[a](https://bank.example\\.evil.example)", null)]
    [InlineData("[a](https://bank.example%2eevil.example)", null)]
    public void Named_link_shows_the_host_that_a_browser_opens(string text, string? host)
    {
        var link = Parts(text).OfType<TextPart.NamedLink>().SingleOrDefault();

        Assert.Equal(host, link?.Target.Host);
        Assert.Equal(host, link is null ? null : new Uri(link.Target.Url).Authority);
    }

    [Fact]
    public void Control_characters_in_formatting_are_made_visible() =>
        Assert.Equal(
            "{bold a<U+202E>b} {code ␇} {to example.org <U+2066>x}/{block ␛[2J}",
            TextNotation.Of(
                MessageText.Parse("**a\u202eb** `\a` [\u2066x](https://example.org)\n```\u202e\n\e[2J\n```")
            )
        );

    public static TheoryData<string> Bombs =>
        [
            .. (
                (string[])
                    [
                        "*",
                        "*a ",
                        "a* ",
                        "*a* ",
                        "*a _b ",
                        "**a *b ",
                        "*a_ ",
                        "_a*b_ ",
                        "||a ",
                        "||a|| ",
                        "|| ||",
                        "~~a ",
                        "[",
                        "]",
                        "[a",
                        "[]",
                        "[](",
                        "[a](",
                        "[a](h",
                        "[a](http://a",
                        "[a](http://a.b)",
                        "![",
                        "http://a.b ",
                        "http://",
                        "h",
                        ">",
                        "> ",
                        "> \n",
                        "> a\n",
                        "> a\n\n",
                        "- ",
                        "- a\n",
                        "- a\n\n",
                        "-\n",
                        "1. ",
                        "1. a\n",
                        "9. > ",
                        "`",
                        "` ",
                        "``` ",
                        "```\n",
                        "```\na\n```\n",
                        "````\n```\n",
                        "<b>",
                        "&amp;",
                        "\n",
                        "a\n\n",
                        "\t",
                        " \n",
                        "\0",
                        "\u202e",
                        "*\u202e",
                        "日*",
                        "👍",
                    ]
            ).Select(unit => string.Concat(Enumerable.Repeat(unit, MaxLength / unit.Length))),
            // Each opening has another length.
            .. ((string[])["`", "*", "_", "|", "~", "[", "> ", "- ", "  "]).Select(unit =>
                string.Join('a', Enumerable.Range(1, 360).Select(i => string.Concat(Enumerable.Repeat(unit, i))))
            ),
            string.Join('\n', Enumerable.Range(1, 200).Select(i => $"{new string(' ', 2 * i)}- a")),
            string.Join('\n', Enumerable.Range(1, 300).Select(i => string.Concat(Enumerable.Repeat("> ", i)) + "a")),
            new string('*', MaxLength / 2) + "a" + new string('*', MaxLength / 2),
            string.Concat(Enumerable.Repeat("*a ", 10_000)) + string.Concat(Enumerable.Repeat("a* ", 10_000)),
            string.Concat(Enumerable.Repeat("*a **b ", 140)) + string.Concat(Enumerable.Repeat("b** a* ", 140)),
        ];

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Bomb_costs_a_bounded_amount_of_work(string bomb)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var blocks = MessageText.Parse(bomb);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxBytes);
        Assert.InRange(TimeOf(bomb) / TimeOf(Ordinary), 0, MaxTimes);
        var (nodes, depth) = TextNotation.SizeOf(blocks);
        Assert.InRange(nodes, 0, TreeReader.MaxNodes);
        Assert.InRange(depth, 0, 2 * NestingLimit.Max + TreeReader.MaxMarksAround + 4);
    }

    [Fact]
    public void Text_with_too_many_marks_is_shown_as_typed()
    {
        var formatted = string.Concat(Enumerable.Repeat("*a* ", ParseBudget.MaxMarks / 2));

        Assert.Contains("{italic a}", TextNotation.Of(MessageText.Parse(formatted)), StringComparison.Ordinal);
        Assert.Equal(formatted + "*a*", TextNotation.Of(MessageText.Parse(formatted + "*a*")));
    }

    [Fact]
    public void Deep_quotes_and_marks_are_text()
    {
        var quotes = string.Concat(Enumerable.Repeat("> ", NestingLimit.Max + 2)) + "a";
        var marks =
            $"{string.Concat(Enumerable.Repeat("*a **b ", 5))}c{string.Concat(Enumerable.Repeat(" d** e*", 5))}";

        Assert.Equal("> > a", FlatText.Of(MessageText.Parse(quotes))[(2 * NestingLimit.Max)..]);
        Assert.Equal(marks, TextNotation.Of(MessageText.Parse(marks)));
    }

    // The best of three, which other work on the machine disturbs least.
    private static double TimeOf(string text)
    {
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var start = Stopwatch.GetTimestamp();
            _ = MessageText.Parse(text);
            var taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        return best.TotalMilliseconds;
    }

    private static IReadOnlyList<TextPart> Parts(string text) =>
        Assert.IsType<TextBlock.Paragraph>(Assert.Single(MessageText.Parse(text))).Parts;
}

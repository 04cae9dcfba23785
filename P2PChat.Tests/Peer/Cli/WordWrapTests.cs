using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class WordWrapTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("twelve chars", "twelve chars")]
    [InlineData("trailing    ", "trailing    ")]
    [InlineData("  indented, and long", "  indented,| and long")]
    [InlineData("echo: did you know?", "echo: did| you know?")]
    [InlineData("one two three four", "one two| three four")]
    [InlineData("日本 日本 日本", "日本 日本| 日本")]
    [InlineData("a https://example.org/12 b", "a https://ex| ample.org/1| 2 b")]
    [InlineData("one two three    ", "one two| three    ")]
    [InlineData("twelve chars     ", "twelve chars")]
    [InlineData("a https://example.org b", "a https://ex| ample.org b")]
    [InlineData("https://example.org/12", "https://example.org/12")]
    [InlineData("ben: a\tb", "ben: a    b")]
    [InlineData("\e[1;36mecho:\e[0m did you know?", "\e[1;36mecho:\e[0m did| you know?")]
    [InlineData("\e[31mone two three four\e[0m", "\e[31mone two\e[0m| \e[31mthree four\e[0m")]
    public void Line_is_broken_between_words(string line, string rows) =>
        Assert.Equal(rows.Split('|'), WordWrap.Rows(line, 12));

    public static TheoryData<string> Spoofs =>
        [
            .. (string[])
                [
                    new string(' ', 300),
                    new string('\t', 40),
                    string.Concat(Enumerable.Repeat(" \t", 100)),
                    new string('x', 300),
                    new string('x', 35),
                    new string('\u3000', 80),
                    new string('\u2003', 80),
                    new string('\u00a0', 80),
                    new string('日', 37),
                    new string('\u200b', 300) + new string('x', 80),
                    string.Concat(Enumerable.Repeat("👋🏽", 40)),
                    string.Concat(Enumerable.Repeat("e\u0301", 80)),
                    new string('\r', 80),
                    new string('\u202e', 80),
                    new string('\u3164', 80),
                ],
        ];

    [Theory]
    [MemberData(nameof(Spoofs))]
    public void Message_text_never_imitates_a_program_row(string filler)
    {
        foreach (var width in (int[])[20, 40, 60, 80, 132])
        {
            var message = SafeText.Show(
                $"{filler}* connected to bank {filler}ann: yes {filler}dave> send ann hi {filler}── dave"
            );
            var rows = WordWrap.Rows($"\e[1;36mben\e[0m: {message}", width);

            Assert.All(rows.Skip(1), row => Assert.StartsWith(WordWrap.Indent(width), row, StringComparison.Ordinal));
            Assert.All(rows, row => Assert.InRange(ColumnsOf(row), 0, width));
        }
    }

    private static int ColumnsOf(string row)
    {
        var elements = System.Globalization.StringInfo.GetTextElementEnumerator(
            row.Replace("\e[1;36m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal)
        );
        var columns = 0;
        while (elements.MoveNext())
        {
            columns += DisplayWidth.Of(elements.GetTextElement());
        }

        return columns;
    }

    [Fact]
    public void Rows_fit_the_terminal_and_lose_only_spaces()
    {
        const string Line =
            "* the directory at http://127.0.0.1:5000 cannot be reached. Check that it runs, and that the address "
            + "(--discovery) is correct";
        for (var width = 30; width < 130; width++)
        {
            var rows = WordWrap.Rows(Line, width);

            Assert.All(rows, row => Assert.InRange(row.Length, 1, width));
            Assert.All(rows.Skip(1), row => Assert.StartsWith(WordWrap.Indent(width), row, StringComparison.Ordinal));
            Assert.Equal(Line, string.Join(' ', rows.Select(row => row.TrimStart(' '))));
        }
    }
}

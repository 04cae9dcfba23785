using P2PChat.Peer.Console.Terminal;

namespace P2PChat.Tests.Peer.Console;

public sealed class WordWrapTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("twelve chars", "twelve chars")]
    [InlineData("trailing    ", "trailing    ")]
    [InlineData("  indented, and long", "  indented,|and long")]
    [InlineData("echo: did you know?", "echo: did|you know?")]
    [InlineData("one two three four", "one two|three four")]
    [InlineData("日本 日本 日本", "日本 日本|日本")]
    [InlineData("a https://example.org/12 b", "a https://example.org/12|b")]
    [InlineData("one two three    ", "one two|three    ")]
    [InlineData("twelve chars     ", "twelve chars")]
    [InlineData("a https://example.org b", "a https://example.org b")]
    [InlineData("\e[1;36mecho:\e[0m did you know?", "\e[1;36mecho:\e[0m did|you know?")]
    [InlineData("\e[31mone two three four\e[0m", "\e[31mone two|three four\e[0m")]
    public void A_line_is_broken_between_words_of_twelve_columns(string line, string rows) =>
        Assert.Equal(rows.Split('|'), WordWrap.Rows(line, 12));

    [Fact]
    public void No_row_is_wider_than_the_terminal_and_nothing_but_a_space_is_lost()
    {
        const string Line = "* the directory at http://127.0.0.1:5000 cannot be reached: see that it runs, and that the address (--discovery) is right";
        for (var width = 30; width < 130; width++)
        {
            var rows = WordWrap.Rows(Line, width);

            Assert.All(rows, row => Assert.InRange(row.Length, 1, width));
            Assert.Equal(Line, string.Join(' ', rows));
        }
    }
}

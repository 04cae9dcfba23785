using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class PromptScreenTests : IDisposable
{
    private const int Width = 20;
    private const int Height = 5;

    private readonly StringWriter _output = new();

    [Fact]
    public void Line_is_printed_above_the_prompt()
    {
        var screen = NewScreen();
        screen.Draw("send echo hi", 9);
        screen.Print("echo: hello");

        var seen = Seen();
        Assert.Equal(["echo: hello", "dave> send echo hi"], seen.Lines);
        Assert.Equal((1, 15), (seen.Row, seen.Column));
    }

    [Fact]
    public void Typed_line_longer_than_the_terminal_takes_more_rows()
    {
        var screen = NewScreen();
        screen.Draw("send echo a long text", 21);
        screen.Print("echo: one");
        screen.Draw("send echo a long text!", 3);
        screen.Print("echo: two");

        var seen = Seen();
        Assert.Equal(["echo: one", "echo: two", "dave> send echo a lo", "ng text!"], seen.Lines);
        Assert.Equal((2, 9), (seen.Row, seen.Column));
    }

    [Fact]
    public void Printed_line_longer_than_the_terminal_takes_more_rows()
    {
        var screen = NewScreen();
        screen.Draw("li", 2);
        screen.Print("echo: a text that takes two rows");
        screen.Draw("lis", 3);

        Assert.Equal(["echo: a text that", "  takes two rows", "dave> lis"], Seen().Lines);
    }

    [Fact]
    public void Line_as_wide_as_the_terminal_leaves_nothing_behind()
    {
        var screen = NewScreen();
        for (var length = 0; length <= 40; length++)
        {
            screen.Draw(new string('x', length), length);
        }

        for (var length = 40; length >= 0; length--)
        {
            screen.Draw(new string('x', length), length);
        }

        Assert.Equal(["dave>"], Seen().Lines);
    }

    [Fact]
    public void Line_higher_than_the_terminal_shows_rows_around_the_cursor()
    {
        var screen = NewScreen();
        var text = string.Concat(Enumerable.Range(0, 20).Select(i => $"{i:00}......"));
        screen.Draw(text, text.Length);
        screen.Print("echo: hello");
        screen.Draw(text, 0);

        var seen = Seen();
        Assert.Equal("echo: hello", seen.Lines[0]);
        Assert.StartsWith("dave> 00......01", seen.Lines[1], StringComparison.Ordinal);
        Assert.Equal(Height - 1, seen.Lines.Count - 1);
        Assert.Equal((1, 6), (seen.Row, seen.Column));
    }

    [Fact]
    public void Wide_characters_take_two_columns()
    {
        var screen = NewScreen();
        screen.Draw("日本語日本語日本語", 3);

        var seen = Seen();
        Assert.Equal(["dave> 日本語日本語日", "本語"], seen.Lines);
        Assert.Equal((0, 12), (seen.Row, seen.Column));
    }

    [Fact]
    public void Character_that_moves_the_cursor_is_made_visible()
    {
        var screen = NewScreen();
        screen.Draw("a\u202eb", 3);

        var seen = Seen();
        Assert.Equal("dave> a<U+202E>b", seen.CurrentLine);
        Assert.Equal(16, seen.Column);
    }

    [Fact]
    public void Pasted_lines_are_shown_as_lines_and_indented()
    {
        var screen = NewScreen();
        screen.Draw("send ben one\n\tann: two\n* three, a long one", 19);

        var seen = Seen();
        Assert.Equal(["dave> send ben one", "      ann: two", "  * three, a long on", "  e"], seen.Lines);
        Assert.Equal((1, 11), (seen.Row, seen.Column));
    }

    [Fact]
    public void Character_drawn_wider_than_expected_does_not_wrap()
    {
        var screen = NewScreen();
        screen.Print("echo: hello");
        screen.Print(new string('x', 50));

        Assert.StartsWith("\e[?7lecho: hello\r\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"\e[?7h{new string('x', 50)}\r\n", _output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\e[?7h", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Suspended_screen_restores_the_terminal_and_resumes()
    {
        var screen = NewScreen();
        screen.Begin();
        screen.Draw("send ben", 8);
        screen.Suspend();
        Assert.Equal(["dave> send ben", ""], Seen().Lines);
        Assert.Contains("\e[?2004l", _output.ToString()[^15..], StringComparison.Ordinal);

        screen.Resume();
        Assert.Equal(["dave> send ben", "dave> send ben"], Seen().Lines);
        Assert.Equal(2, _output.ToString().Split("\e[?2004h").Length - 1);
    }

    [Fact]
    public void Line_stays_whole_above_later_output()
    {
        var screen = NewScreen();
        screen.Draw("send echo a long text", 0);
        screen.Leave();
        screen.Print("* connected to echo");

        Assert.Equal(["dave> send echo a lo", "ng text", "* connected to echo", ""], Seen().Lines);
    }

    public void Dispose() => _output.Dispose();

    private PromptScreen NewScreen() => new(_output, "dave> ", () => (Width + 1, Height));

    private ScreenEmulator Seen()
    {
        var seen = new ScreenEmulator(Width, Height);
        seen.Write(_output.ToString());
        return seen;
    }
}

using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;
using MessageState = P2PChat.Client.MessageState;

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
    public void Cleared_terminal_shows_only_the_line_and_what_follows()
    {
        var (screen, id) = (NewScreen(), Guid.NewGuid());
        screen.Draw("half a line", 4);
        Track(screen, id, "own");
        screen.ClearAll();
        Assert.Equal(["dave> half a line"], Seen().Lines);
        screen.Update(id, MessageState.Delivered);
        screen.Print("echo: hello");

        Assert.Equal(["echo: hello", "dave> half a line"], Seen().Lines);
        Assert.Equal((1, 10), (Seen().Row, Seen().Column));
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

    [Fact]
    public void Changed_state_redraws_a_message_in_place()
    {
        var screen = NewScreen();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        screen.Print("one");
        screen.Draw("a line that takes two", 3);
        Track(screen, first, "own");
        Track(screen, second, "other");

        screen.Update(first, MessageState.Delivered);
        Assert.Equal(["one", "own Delivered", "other Sent", "dave> a line that ta", "kes two"], Seen().Lines);
        Assert.Equal((3, 9), (Seen().Row, Seen().Column));

        screen.Clear();
        screen.Update(second, MessageState.Read);
        Assert.Equal(["one", "own Delivered", "other Read", ""], Seen().Lines);
        Assert.Equal((3, 0), (Seen().Row, Seen().Column));

        // The terminal wraps a link.
        screen.Print(new string('x', Width + 3));
        screen.Update(second, MessageState.Sent);
        Assert.Equal(["own Delivered", "other Sent", new string('x', Width), "xxx", ""], Seen().Lines.Skip(1));
    }

    [Fact]
    public void Message_in_an_uncertain_place_is_not_redrawn()
    {
        var size = (Width + 1, Height);
        var screen = new PromptScreen(_output, "dave> ", () => size);
        var (scrolled, resized, suspended, wrapped) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        screen.Draw("", 0);
        Track(screen, scrolled, "a");
        for (var i = 0; i < Height - 1; i++)
        {
            screen.Print("x");
        }

        screen.Update(scrolled, MessageState.Read);
        Track(screen, resized, "b");
        size = (Width, Height);
        screen.Redraw();
        size = (Width + 1, Height);
        screen.Update(resized, MessageState.Read);
        Track(screen, suspended, "c");
        screen.Suspend();
        screen.Resume();
        screen.Update(suspended, MessageState.Read);
        Track(screen, wrapped, "d");
        screen.Print(new string('é', Width + 2));
        screen.Update(wrapped, MessageState.Read);

        Assert.Equal(4, Seen().Lines.Count(line => line.EndsWith(" Sent", StringComparison.Ordinal)));
        Assert.DoesNotContain("Read", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Signals_set_the_title_and_alert_with_pauses()
    {
        var time = new FakeTimeProvider();
        var signals = new TerminalSignals(new Ink(TerminalColors.None, hasCommands: true), "dave", time);
        var screen = new PromptScreen(_output, "dave> ", () => (Width + 1, Height), signals: signals);
        screen.Begin();
        Assert.Equal("dave – P2PChat", Seen().Title);

        screen.Send(signals.Title(3));
        screen.Send(signals.Alert("bob: hi\e\\\a\n there"));
        screen.Send(signals.Alert("bob: again"));
        Assert.Equal(("(3) dave – P2PChat", 1), (Seen().Title, Seen().Bells));
        Assert.Equal(["bob: hi␛\\␇ there"], Seen().Notifications);
        Assert.Equal("", signals.Title(3));
        time.Advance(TerminalSignals.Pause);
        screen.Send(signals.Alert("9;4;1: a command of a terminal"));
        Assert.Equal((2, ": a command of a terminal"), (Seen().Bells, Seen().Notifications[^1]));

        screen.Suspend();
        screen.Send(signals.Title(4));
        Assert.Equal("", Seen().Title);
        screen.Resume();
        Assert.Equal("(4) dave – P2PChat", Seen().Title);
        screen.End();
        Assert.Equal("", Seen().Title);
        Assert.Equal(2, _output.ToString().Split("\e[22;2t").Length - 1);
        Assert.Equal(2, _output.ToString().Split("\e[23;2t").Length - 1);
    }

    [Theory]
    [InlineData(TerminalColors.Palette256, true, true, "TERM=xterm-256color")]
    [InlineData(TerminalColors.Palette256, true, true, "TERM=xterm", "COLORTERM=truecolor")]
    [InlineData(TerminalColors.Sixteen, true, false, "TERM=linux", "LANG=de_DE.utf8")]
    [InlineData(TerminalColors.Sixteen, false, true, "TERM=screen", "LC_ALL=C", "LANG=de_DE.UTF-8")]
    [InlineData(TerminalColors.None, false, true, "TERM=xterm-256color", "NO_COLOR=1", "LC_ALL=", "LANG=de_DE@euro")]
    public void Ink_follows_terminal_and_locale(
        TerminalColors colors,
        bool isUnicode,
        bool hasCommands,
        params string[] variables
    )
    {
        var values = variables.Select(variable => variable.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        var ink = Ink.For(values.GetValueOrDefault, noColor: false);

        Assert.Equal((colors, isUnicode, hasCommands), (ink.Colors, ink.IsUnicode, ink.HasCommands));
        Assert.False(Ink.For(values.GetValueOrDefault, noColor: true).IsColored);
    }

    [Fact]
    public void Hues_are_distinct_and_legible_on_black_and_on_white()
    {
        var ink = new Ink(TerminalColors.Palette256);
        var colors = Enumerable.Range(0, PersonHue.Count).Select(ink.ColorOf).ToList();

        Assert.Equal(PersonHue.Count, colors.Distinct().Count());
        Assert.All(colors, color =>
        {
            var luminance = Luminance(color - 16);
            Assert.InRange((luminance + 0.05) / 0.05, 3.7, 21);
            Assert.InRange(1.05 / (luminance + 0.05), 3.7, 21);
        });
        Assert.All(Enumerable.Range(0, PersonHue.Count), hue =>
            Assert.InRange(new Ink(TerminalColors.Sixteen).ColorOf(hue), 1, 6)
        );

        // WCAG 2.2, relative luminance.
        static double Luminance(int cube) =>
            (0.2126 * Linear(cube / 36)) + (0.7152 * Linear(cube / 6 % 6)) + (0.0722 * Linear(cube % 6));

        static double Linear(int level) =>
            Math.Pow(((level == 0 ? 0 : 55 + (40 * level)) / 255.0 + 0.055) / 1.055, 2.4);
    }

    private static void Track(PromptScreen screen, Guid id, string text) =>
        screen.PrintTracked(id, MessageState.Sent, (state, _) => [$"{text} {state}"]);

    public void Dispose() => _output.Dispose();

    private PromptScreen NewScreen() => new(_output, "dave> ", () => (Width + 1, Height));

    private ScreenEmulator Seen()
    {
        var seen = new ScreenEmulator(Width, Height);
        seen.Write(_output.ToString());
        return seen;
    }
}

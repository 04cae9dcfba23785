using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class LineEditorTests
{
    private const ConsoleModifiers Control = ConsoleModifiers.Control;
    private const ConsoleModifiers Alt = ConsoleModifiers.Alt;

    private readonly LineEditor _editor = new();

    [Fact]
    public void Typed_characters_are_inserted_at_the_cursor()
    {
        Type("helo");
        Press(ConsoleKey.LeftArrow);
        Type("l");

        Assert.Equal("hello", _editor.Text);
        Assert.Equal(4, _editor.Cursor);
    }

    [Theory]
    [InlineData(ConsoleKey.Home, default(ConsoleModifiers), 0)]
    [InlineData(ConsoleKey.A, Control, 0)]
    [InlineData(ConsoleKey.End, default(ConsoleModifiers), 11)]
    [InlineData(ConsoleKey.E, Control, 11)]
    [InlineData(ConsoleKey.LeftArrow, default(ConsoleModifiers), 7)]
    [InlineData(ConsoleKey.B, Control, 7)]
    [InlineData(ConsoleKey.RightArrow, default(ConsoleModifiers), 9)]
    [InlineData(ConsoleKey.F, Control, 9)]
    [InlineData(ConsoleKey.LeftArrow, Control, 5)]
    [InlineData(ConsoleKey.B, Alt, 5)]
    [InlineData(ConsoleKey.RightArrow, Control, 11)]
    [InlineData(ConsoleKey.F, Alt, 11)]
    public void Key_moves_the_cursor(ConsoleKey key, ConsoleModifiers modifiers, int cursor)
    {
        Type("send bob hi");
        for (var i = 0; i < 3; i++)
        {
            Press(ConsoleKey.LeftArrow);
        }

        Press(key, modifiers);

        Assert.Equal(cursor, _editor.Cursor);
        Assert.Equal("send bob hi", _editor.Text);
    }

    [Theory]
    [InlineData(ConsoleKey.Backspace, default(ConsoleModifiers), "send bb hi", 6)]
    [InlineData(ConsoleKey.H, Control, "send bb hi", 6)]
    [InlineData(ConsoleKey.Delete, default(ConsoleModifiers), "send bo hi", 7)]
    [InlineData(ConsoleKey.D, Control, "send bo hi", 7)]
    [InlineData(ConsoleKey.W, Control, "send b hi", 5)]
    [InlineData(ConsoleKey.U, Control, "b hi", 0)]
    [InlineData(ConsoleKey.K, Control, "send bo", 7)]
    public void Key_deletes_text(ConsoleKey key, ConsoleModifiers modifiers, string text, int cursor)
    {
        Type("send bob hi");
        for (var i = 0; i < 4; i++)
        {
            Press(ConsoleKey.LeftArrow);
        }

        Press(key, modifiers);

        Assert.Equal(text, _editor.Text);
        Assert.Equal(cursor, _editor.Cursor);
    }

    [Fact]
    public void Deleted_text_can_be_inserted_elsewhere()
    {
        Type("world hello ");
        Press(ConsoleKey.Home);
        Press(ConsoleKey.RightArrow, Control);
        Press(ConsoleKey.U, Control);
        Press(ConsoleKey.End);
        Press(ConsoleKey.Y, Control);

        Assert.Equal(" hello world", _editor.Text);
    }

    [Theory]
    [InlineData("👋🏽")]
    [InlineData("e\u0301")]
    [InlineData("👨‍👩‍👧")]
    [InlineData("日")]
    public void Text_element_is_edited_as_one_character(string character)
    {
        Type($"a{character}b");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.LeftArrow);
        Assert.Equal(1, _editor.Cursor);
        Press(ConsoleKey.RightArrow);
        Assert.Equal(1 + character.Length, _editor.Cursor);
        Press(ConsoleKey.Backspace);

        Assert.Equal("ab", _editor.Text);
    }

    [Fact]
    public void History_recalls_lines_and_keeps_the_draft()
    {
        Submit("list");
        Submit("connect echo");
        Type("sen");

        Press(ConsoleKey.UpArrow);
        Assert.Equal("connect echo", _editor.Text);
        Assert.Equal(12, _editor.Cursor);
        Press(ConsoleKey.P, Control);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("list", _editor.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.N, Control);
        Press(ConsoleKey.DownArrow);
        Assert.Equal("sen", _editor.Text);
    }

    [Fact]
    public void Alt_Enter_starts_a_new_line()
    {
        Type("one");
        Assert.Equal(KeyOutcome.Editing, Press(ConsoleKey.Enter, Alt));
        Type("two");

        Assert.Equal("one\ntwo", _editor.Text);
        Press(ConsoleKey.Home);
        Assert.Equal(4, _editor.Cursor);
        Press(ConsoleKey.Backspace);
        Assert.Equal("onetwo", _editor.Text);
        Press(ConsoleKey.Enter, Alt);
        Assert.Equal(KeyOutcome.Submitted, Press(ConsoleKey.Enter));
        Assert.Equal("one\ntwo", _editor.TakeLine());
    }

    [Theory]
    [InlineData(ConsoleKey.Home, default(ConsoleModifiers), 6)]
    [InlineData(ConsoleKey.A, Control, 6)]
    [InlineData(ConsoleKey.End, default(ConsoleModifiers), 11)]
    [InlineData(ConsoleKey.E, Control, 11)]
    [InlineData(ConsoleKey.UpArrow, default(ConsoleModifiers), 2)]
    [InlineData(ConsoleKey.P, Control, 2)]
    [InlineData(ConsoleKey.DownArrow, default(ConsoleModifiers), 14)]
    [InlineData(ConsoleKey.N, Control, 14)]
    [InlineData(ConsoleKey.LeftArrow, Control, 6)]
    [InlineData(ConsoleKey.RightArrow, Control, 11)]
    public void Key_moves_within_a_multiline_message(ConsoleKey key, ConsoleModifiers modifiers, int cursor)
    {
        _editor.Replace("é日本aX\nabcde\nfg");
        _editor.GoToStart();
        // On the second line, in the fifth column.
        Press(ConsoleKey.DownArrow);
        for (var i = 0; i < 4; i++)
        {
            Press(ConsoleKey.RightArrow);
        }

        Press(key, modifiers);

        Assert.Equal(cursor, _editor.Cursor);
    }

    [Fact]
    public void Up_and_Down_leave_a_multiline_message_at_its_edges()
    {
        Submit("list");
        _editor.Insert("one\ntwo");
        _ = _editor.TakeLine();
        Type("draft");

        Press(ConsoleKey.UpArrow);
        Assert.Equal(("one\ntwo", 7), (_editor.Text, _editor.Cursor));
        Press(ConsoleKey.UpArrow);
        Assert.Equal(("one\ntwo", 3), (_editor.Text, _editor.Cursor));
        Press(ConsoleKey.UpArrow);
        Assert.Equal("list", _editor.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Assert.Equal("draft", _editor.Text);
    }

    [Fact]
    public void History_skips_repeated_and_blank_lines()
    {
        Submit("list");
        Submit("list");
        Submit("   ");
        Submit("status");

        Press(ConsoleKey.UpArrow);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("list", _editor.Text);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("list", _editor.Text);
    }

    [Fact]
    public void Ctrl_d_ends_only_on_an_empty_line()
    {
        Type("a");
        Press(ConsoleKey.Home);
        Assert.Equal(KeyOutcome.Editing, Press(ConsoleKey.D, Control));
        Assert.Equal("", _editor.Text);
        Assert.Equal(KeyOutcome.Ended, Press(ConsoleKey.D, Control));
    }

    [Fact]
    public void Ctrl_c_clears_the_line_before_it_interrupts()
    {
        Type("half a line");
        Press(ConsoleKey.Home);

        Assert.Equal(KeyOutcome.Editing, Press(ConsoleKey.C, Control));
        Assert.Equal("", _editor.Text);
        Assert.Equal(KeyOutcome.Interrupted, Press(ConsoleKey.C, Control));
        // The cleared line can be brought back.
        Press(ConsoleKey.Y, Control);
        Assert.Equal("half a line", _editor.Text);
    }

    [Fact]
    public void Ctrl_r_finds_earlier_lines_as_the_words_are_typed()
    {
        Submit("send bob hello");
        Submit("list");
        Submit("send bob größe 👋");
        Type("draft");

        Press(ConsoleKey.R, Control);
        Assert.Equal(("search '': ", "draft"), (_editor.SearchPrompt, _editor.Text));
        Type("SEND");
        Assert.Equal(("search 'SEND': ", "send bob größe 👋", 0), (_editor.SearchPrompt, _editor.Text, _editor.Cursor));
        Press(ConsoleKey.R, Control);
        Assert.Equal("send bob hello", _editor.Text);
        Press(ConsoleKey.R, Control);
        Assert.Equal(("not found 'SEND': ", "send bob hello"), (_editor.SearchPrompt, _editor.Text));
        Press(ConsoleKey.Backspace);
        Assert.Equal(("search 'SEN': ", "send bob größe 👋"), (_editor.SearchPrompt, _editor.Text));
        Press(ConsoleKey.G, Control);
        Assert.Equal((null, "draft"), (_editor.SearchPrompt, _editor.Text));

        Press(ConsoleKey.R, Control);
        Type("👋");
        Assert.Equal("search '👋': ", _editor.SearchPrompt);
        // Another key edits the line that was found.
        Press(ConsoleKey.End);
        Type("!");
        Assert.Equal((null, "send bob größe 👋!"), (_editor.SearchPrompt, _editor.Text));

        Press(ConsoleKey.C, Control);
        Press(ConsoleKey.R, Control);
        Type("lis");
        Assert.Equal(KeyOutcome.Submitted, Press(ConsoleKey.Enter));
        Assert.Equal("list", _editor.TakeLine());
        Assert.Null(_editor.SearchPrompt);
    }

    [Fact]
    public void Enter_submits_and_clears_the_line()
    {
        Type("list");

        Assert.Equal(KeyOutcome.Submitted, Press(ConsoleKey.Enter));
        Assert.Equal("list", _editor.TakeLine());
        Assert.Equal("", _editor.Text);
        Assert.Equal(0, _editor.Cursor);
    }

    [Fact]
    public void Unknown_keys_do_nothing()
    {
        Type("a");
        Press(ConsoleKey.F5);
        Press(ConsoleKey.Escape);
        Press(ConsoleKey.G, Control);

        Assert.Equal("a", _editor.Text);
    }

    private void Submit(string line)
    {
        Type(line);
        _ = Press(ConsoleKey.Enter);
        _ = _editor.TakeLine();
    }

    // Like Console.ReadKey: one key per UTF-16 unit.
    private void Type(string text)
    {
        foreach (var c in text)
        {
            _ = _editor.Press(new ConsoleKeyInfo(c, default, shift: false, alt: false, control: false));
        }
    }

    private KeyOutcome Press(ConsoleKey key, ConsoleModifiers modifiers = default)
    {
        var control = modifiers.HasFlag(ConsoleModifiers.Control);
        var letter = control && key is >= ConsoleKey.A and <= ConsoleKey.Z ? (char)(key - ConsoleKey.A + 1) : '\0';
        return _editor.Press(
            new ConsoleKeyInfo(letter, key, shift: false, modifiers.HasFlag(ConsoleModifiers.Alt), control)
        );
    }
}

using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class BracketedPasteTests
{
    private const string Begin = "\e[200~";
    private const string End = "\e[201~";

    private readonly BracketedPaste _paste = new();

    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("one\rtwo\r", "one\ntwo")]
    [InlineData("\r\none\r\n\r\ntwo\n\n", "one\n\ntwo")]
    [InlineData("a\tb", "a\tb")]
    [InlineData("a\e[2Jb\u0007\0c\u007f", "a[2Jbc")]
    [InlineData("größe 日本 👋🏽", "größe 日本 👋🏽")]
    [InlineData(Begin + "nested", "[200~nested")]
    [InlineData("\e[201", "[201")]
    [InlineData("", "")]
    public void Text_between_marks_is_one_block(string pasted, string text) =>
        Assert.Equal([text], Read($"{Begin}{pasted}{End}").Select(input => input.Paste));

    [Theory]
    [InlineData("\e")]
    [InlineData("\e[")]
    [InlineData("\e[2")]
    [InlineData("\e[200")]
    [InlineData("\e\e[200x")]
    public void Incomplete_mark_is_released_as_keys(string keys)
    {
        var inputs = Read($"{keys}abc");

        Assert.All(inputs, input => Assert.Null(input.Paste));
        Assert.Equal($"{keys}abc", string.Concat(inputs.Select(input => input.Key.KeyChar)));
        Assert.False(_paste.HoldsKeys);
    }

    [Fact]
    public void Alt_bracket_key_begins_a_mark()
    {
        Assert.Empty(_paste.Take(new ConsoleKeyInfo('[', 0, shift: false, alt: true, control: false)));

        Assert.Equal("x", Assert.Single(Read($"200~x{End}")).Paste);
    }

    [Fact]
    public void Enter_right_after_escape_is_one_key_with_Alt()
    {
        Assert.Empty(Read("\e"));

        var enter = new ConsoleKeyInfo('\r', ConsoleKey.Enter, shift: false, alt: false, control: false);
        var (key, paste, _) = Assert.Single(_paste.Take(enter));

        Assert.Equal((ConsoleKey.Enter, ConsoleModifiers.Alt, null), (key.Key, key.Modifiers, paste));
        Assert.Equal(ConsoleModifiers.None, Assert.Single(_paste.Take(enter)).Key.Modifiers);
    }

    [Fact]
    public void Escape_alone_is_held_until_released()
    {
        Assert.Empty(Read("\e"));
        Assert.True(_paste.HoldsKeys);

        Assert.Equal('\e', Assert.Single(_paste.Release()).Key.KeyChar);
        Assert.False(_paste.HoldsKeys);
    }

    [Fact]
    public void Oversized_block_is_dropped_and_the_next_one_is_kept()
    {
        var tooLong = Assert.Single(Read($"{Begin}{new string('x', BracketedPaste.MaxLength + 1)}{End}"));
        Assert.Equal(("", true), (tooLong.Paste, tooLong.IsTooLong));

        Assert.Equal(
            BracketedPaste.MaxLength,
            Assert.Single(Read($"{Begin}{new string('x', BracketedPaste.MaxLength)}{End}")).Paste!.Length
        );
    }

    private List<TypedInput> Read(string text) =>
        [.. text.SelectMany(c => _paste.Take(new ConsoleKeyInfo(c, 0, false, false, false)))];
}

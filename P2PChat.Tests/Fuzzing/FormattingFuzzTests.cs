using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Formatting;
using P2PChat.Tests.Peer.Formatting;
using MessageState = P2PChat.Client.MessageState;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Any text is shown, within limits, and whatever is shown was in the text, in the same order.</summary>
public sealed class FormattingFuzzTests
{
    private const int MaxPieces = 60;
    private const int Width = 30;

    private static readonly string[] Pieces =
    [
        "*",
        "**",
        "_",
        "__",
        "~~",
        "||",
        "`",
        "``",
        "```",
        "```\n",
        "\n",
        "\n\n",
        "\n> ",
        "\n>",
        "\n- ",
        "\n  - ",
        "\n* ",
        "\n1. ",
        "\n007. ",
        "\n```\n",
        "[",
        "]",
        "](",
        "](https://a.example/b)",
        ")",
        "(",
        "!",
        "http://a.example",
        "https://a.example/b_(c)_d",
        "https://",
        "word",
        "a",
        "7",
        " ",
        "  ",
        "\t",
        "\\",
        "/",
        ".",
        "#",
        "|",
        "<b>",
        "&amp;",
        "日本",
        "，",
        "👍🏽",
        "e\u0301",
        "שלום",
        "\u202e",
        "\u2028",
        "\r\n",
        "\0",
        "\e[2J",
        "\ud800",
        "\udc00",
        "\ufeff",
        "\u200b",
        "\u3000",
    ];

    private static readonly MessageLines Lines = new("dave", _ => 0, Ink.None, TimeProvider.System);

    [Fact]
    public void Fuzzed_text_is_shown_within_limits_without_loss_or_addition()
    {
        var formatted = 0;
        Fuzzer.RunHistories(share: 2, steps: 10, (random, steps) =>
        {
            for (var step = 0; step < steps; step++)
            {
                formatted += Check(Make(random), random) ? 1 : 0;
            }
        });
        Assert.NotEqual(0, formatted);
    }

    private static string Make(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, MaxPieces)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static bool Check(string text, Random random)
    {
        var blocks = MessageText.Parse(text);
        var (nodes, depth) = TextNotation.SizeOf(blocks);
        Assert.InRange(nodes, 0, 3 * text.Length);
        Assert.InRange(depth, 0, 24);
        AssertInOrder(blocks, text);

        var (length, lines) = (random.Next(1, 200), random.Next(1, 10));
        var cut = FlatText.Of(MessageText.Parse(text, length, lines, out var rest));
        Assert.InRange(cut.Length, 0, length);
        Assert.InRange(cut.AsSpan().Count('\n'), 0, lines - 1);
        Assert.Equal(rest.Length == 0, cut == FlatText.Of(blocks));
        Assert.DoesNotContain('\n', MessageText.Preview(text, length));
        Assert.Equal(text.Contains("||", StringComparison.Ordinal) && Hides(blocks), MessageText.HasSpoiler(text));

        var rows = Lines.Rows(new(Guid.Empty, "bob", text, DateTimeOffset.UnixEpoch, MessageState.Received), Width);
        Assert.All(rows.Skip(1), row => Assert.StartsWith(" ", row, StringComparison.Ordinal));
        Assert.All(rows, row => Assert.InRange(TerminalEscape.Columns(row), 0, Width));
        Assert.All(rows, row => Assert.DoesNotContain(row, char.IsControl));
        return blocks is not ([] or [TextBlock.Paragraph { Parts: [TextPart.Plain] }]);
    }

    private static bool Hides(IReadOnlyList<TextBlock> blocks) =>
        TextNotation.Of(blocks).Contains("{hidden ", StringComparison.Ordinal);

    private static void AssertInOrder(IReadOnlyList<TextBlock> blocks, string text)
    {
        var source = string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(SafeText.Show));
        var at = 0;
        var flat = FlatText.Of(blocks);
        Assert.DoesNotContain(flat, c => char.IsControl(c) && c is not ('\n' or '\t'));
        // A host of other letters is shown in ASCII.
        foreach (var c in flat.Where(c => !char.IsWhiteSpace(c) && !flat.Contains("xn--", StringComparison.Ordinal)))
        {
            // A bullet may be an asterisk.
            var found = c == '-' ? source.IndexOfAny(['-', '*'], at) : source.IndexOf(c, at);
            Assert.True(found >= 0, $"'{c}' of '{flat}' is not in '{source}' after {at}.");
            at = found + 1;
        }
    }
}

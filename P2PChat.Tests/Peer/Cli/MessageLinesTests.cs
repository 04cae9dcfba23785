using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Client;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class MessageLinesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 14, 5, 0, TimeSpan.Zero);
    private static readonly Ink Full = new(TerminalColors.Palette256, hasCommands: true);

    [Theory]
    [InlineData("hello", "14:05 bob: hello")]
    [InlineData("one\ntwo\n\nthree", "14:05 bob: one|           two|           |           three")]
    [InlineData(
        "see\n```\nif (a)\n\tb\n```\nor `c`",
        "14:05 bob: see|           │ if (a)|           │     b|           or `c`"
    )]
    [InlineData("```cs\nx\n```", "14:05 bob:|           │ x")]
    [InlineData("a text that takes more than one row", "14:05 bob: a text that takes more than|           one row")]
    [InlineData("\u001b[2Ja\u202eb", "14:05 bob: ␛[2Ja<U+202E>b")]
    [InlineData(" ", "14:05 bob:")]
    public void Message_keeps_its_lines_and_code(string text, string rows) =>
        Assert.Equal(rows.Split('|'), Lines(Ink.None).Rows(Message("bob", text), 40));

    [Theory]
    [InlineData("**a** *b* ~~c~~ `d`", "14:05 bob: **a** *b* ~~c~~ `d`", "14:05 bob: a b ~~c~~ `d`")]
    [InlineData("**a\nb** c", "14:05 bob: **a|           b** c", "14:05 bob: a|           b c")]
    [InlineData("it is ||the\nbutler||!", "14:05 bob: it is ▒▒▒|           ▒▒▒▒▒▒!", null)]
    [InlineData("> a\n> b\n\nc", "14:05 bob:|           ▌ a|           ▌ b||           c", null)]
    [InlineData(
        "> a quote that takes more than one row\n- an item that takes more than one row",
        "14:05 bob:|           ▌ a quote that takes more|           ▌ than one row"
            + "|           • an item that takes more|             than one row",
        null
    )]
    [InlineData(
        "x\n- a\n  - b\n    c\n9. d\n10. e",
        "14:05 bob: x|           • a|             • b|               c|           9. d|           10. e",
        null
    )]
    [InlineData("> - ```\n>   a\n>   b\n>   ```", "14:05 bob:|           ▌ • │ a|           ▌   │ b", null)]
    [InlineData("[a](https://b.example)", "14:05 bob: a (https://b.example)", null)]
    public void Formatting_shows_by_styles_or_by_its_marks(string text, string plain, string? colored)
    {
        Assert.Equal(plain.Split('|'), Lines(Ink.None).Rows(Message("bob", text), 40).Select(row => row.TrimEnd()));
        Assert.Equal(
            (colored ?? plain).Split('|'),
            Lines(Full).Rows(Message("bob", text), 40).Select(row => Plain(row).TrimEnd())
        );
    }

    [Fact]
    public void Quote_is_above_a_reply_and_reactions_are_below()
    {
        var message = Message("bob", "yes, and it will take a while") with
        {
            ReplyTo = new QuoteItem(Guid.Empty, "alice", "is it **you** who does it?"),
            EditedAt = Now,
            Reactions = [new("alice", "👍"), new("bob", "👍"), new("carol", "🎉")],
        };

        Assert.Equal(
            [
                "14:05 bob: ↪ alice: \"is it you who does",
                "           it?\"",
                "           yes, and it will take a while",
                "           (edited)",
                "           👍 alice, bob; 🎉 carol",
            ],
            Lines(Ink.None).Rows(message, 40)
        );
    }

    [Fact]
    public void Message_of_a_room_is_formatted_and_hides_spoilers()
    {
        var message = RoomMessage("**it** is ||the butler||\n- a") with
        {
            ReplyTo = new RoomQuoteItem("", new RoomPersonItem("", "ann", Checked: true), "who is ||it||?"),
            EditedAt = Now,
            AfterRemoval = true,
            Reactions = [new(new RoomPersonItem("", "ann", Checked: true), "👍")],
        };

        Assert.Equal(
            [
                "14:05 #trip bob: ↪ ann: \"who is ▒▒▒?\"",
                "                 **it** is ▒▒▒ ▒▒▒▒▒▒",
                "                 • a (edited) (sent after removal)",
                "                 👍 ann",
            ],
            Lines(Ink.None).Rows(message, 60, showsRoom: true)
        );
        Assert.Equal(
            "14:05 bob: it is ||the butler||",
            Plain(Lines(Full).Rows(message with { ReplyTo = null }, 60, showsRoom: false, showsSpoilers: true)[0])
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Long_name_of_a_room_puts_nothing_in_the_first_column(bool isHidden)
    {
        var name = new string('計', 34) + "14:05\u2800bob:\u2800new\u2800number";
        var message = RoomMessage("hi") with { RoomName = name, Collapsed = isHidden };

        for (var width = 24; width < 120; width++)
        {
            Assert.InRange(TerminalEscape.Columns(Lines(Full).Brief(message, 12, width)), 1, width - 1);
            var rows = Lines(Full).Rows(message, width, showsRoom: true);
            Assert.All(rows, row => Assert.InRange(TerminalEscape.Columns(row), 1, width));
            Assert.All(rows.Skip(1), row => Assert.StartsWith(" ", row, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Unchecked_name_in_a_room_has_no_hue_and_a_blocked_member_no_text()
    {
        var message = RoomMessage("hi") with { From = new RoomPersonItem("", "bob", Checked: false), SentAt = null };

        Assert.EndsWith(" bob?: hi", Lines(Full).Rows(message, 40, showsRoom: false)[0], StringComparison.Ordinal);
        Assert.Equal(
            ["--:-- bob?: (hidden: blocked)"],
            Lines(Ink.None).Rows(message with { Collapsed = true }, 40, showsRoom: false)
        );
    }

    [Fact]
    public void Deleted_message_and_its_quote_are_marked_deleted()
    {
        Assert.Equal(["14:05 bob: (deleted)"], Lines(Ink.None).Rows(Message("bob", "") with { Deleted = true }, 40));
        Assert.Equal(
            ["14:05 bob: ↪ alice: (deleted)", "           │ code"],
            Lines(Ink.None)
                .Rows(
                    Message("bob", "```\ncode\n```") with
                    {
                        ReplyTo = new QuoteItem(Guid.Empty, "alice", Text: null, Deleted: true),
                    },
                    40
                )
        );
    }

    [Fact]
    public void Styles_are_combined_and_end_with_each_row()
    {
        var rows = Lines(Full).Rows(Message("bob", "**a *b\nc* ~~d~~**"), 40);

        Assert.EndsWith("\e[1ma \e[0m\e[1;3mb\e[0m", rows[0], StringComparison.Ordinal);
        Assert.EndsWith(
            "  \e[1;3mc\e[0m\e[1m \e[0m\e[2m~~\e[0m\e[1;9md\e[0m\e[2m~~\e[0m",
            rows[1],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Hidden_text_is_shown_only_on_request()
    {
        var message = Message("bob", "it is ||the **butler**||");

        Assert.Equal(
            "14:05 bob: it is ### ######",
            Plain(Lines(new(TerminalColors.Sixteen, false)).Rows(message, 80)[0])
        );
        Assert.Equal("14:05 bob: it is ||the butler||", Plain(Lines(Full).Rows(message, 80, showsSpoilers: true)[0]));
        Assert.Equal("14:05 bob: it is ▒▒▒", Plain(Lines(Full).Brief(message, null, 80)));
    }

    [Theory]
    [InlineData(MessageState.Queued, "◷", "◷", "(queued)")]
    [InlineData(MessageState.Sent, "✓", "✓", "(sent)")]
    [InlineData(MessageState.Delivered, "✓✓", "✓✓", "(delivered)")]
    [InlineData(MessageState.Read, "✔✔", "✓✓ read", "(read)")]
    [InlineData(MessageState.Lost, "✗", "✗", "(failed)")]
    public void State_of_a_sent_message_shows_by_shape(MessageState state, string colored, string plain, string ascii)
    {
        var message = Message("dave", "hi") with { State = state };

        Assert.Equal($"14:05 dave: hi {colored}", Plain(Lines(Full).Rows(message, 80)[0]));
        Assert.Equal($"14:05 dave: hi {plain}", Plain(Lines(Ink.None).Rows(message, 80)[0]));
        Assert.Equal(
            $"14:05 dave: hi {ascii}",
            Plain(Lines(new Ink(TerminalColors.Sixteen, isUnicode: false)).Rows(message, 80)[0])
        );
    }

    [Theory]
    [InlineData(0, "✓", "✓", "(sent)")]
    [InlineData(1, "✔✔ 1", "✓✓ read by 1", "(read by 1)")]
    [InlineData(15, "✔✔ 15", "✓✓ read by 15", "(read by 15)")]
    public void Own_message_of_a_room_shows_its_readers(int readers, string colored, string plain, string ascii)
    {
        var message = RoomMessage("hi") with { Yours = true, Readers = readers };

        Assert.Equal($"14:05 bob: hi {colored}", Row(message, Full));
        Assert.Equal($"14:05 bob: hi {plain}", Row(message, Ink.None));
        Assert.Equal($"14:05 bob: hi {ascii}", Row(message, new Ink(TerminalColors.Sixteen, isUnicode: false)));
        Assert.Equal("14:05 bob: hi", Row(message with { Yours = false }, Full));

        static string Row(RoomMessageItem message, Ink ink) =>
            Plain(Assert.Single(Lines(ink).Rows(message, 80, showsRoom: false)));
    }

    [Fact]
    public void State_change_does_not_move_text()
    {
        var states = Enum.GetValues<MessageState>().Length;
        foreach (var ink in (Ink[])[Full, Ink.None, new(TerminalColors.None, isUnicode: false)])
        {
            for (var length = 1; length < 60; length++)
            {
                var message = Message("dave", new string('x', length));
                var rows = Enum.GetValues<MessageState>()
                    .Select(state => Lines(ink).Rows(message with { State = state }, 30))
                    .ToList();

                var inRoom = RoomMessage(message.Text) with { Yours = true };
                rows.AddRange(
                    Enumerable
                        .Range(0, 16)
                        .Select(readers => Lines(ink).Rows(inRoom with { Readers = readers }, 30, showsRoom: false))
                );

                Assert.Single(rows.Take(states).Select(row => row.Count).Distinct());
                Assert.Single(rows.Skip(states).Select(row => row.Count).Distinct());
                Assert.All(rows.SelectMany(row => row), row => Assert.InRange(TerminalEscape.Columns(row), 1, 30));
            }
        }
    }

    [Fact]
    public void Wrapped_link_stays_one_link()
    {
        const string Url = "https://example.org/a/very/long/address/of/a/page?with=parameters";
        var message = Message("bob", $"see {Url}, ok?\nftp://example.org javascript:alert(1)");
        var rows = Lines(Full).Rows(message, 40);
        var links = rows.SelectMany(row =>
                Regex.Matches(row, "\e\\]8;(id=[0-9a-f]{8}-0);([^\e]*)\e\\\\").Select(match => match.Groups)
            )
            .ToList();

        Assert.InRange(links.Count, 2, 4);
        Assert.All(links, link => Assert.Equal((links[0][1].Value, Url), (link[1].Value, link[2].Value)));
        Assert.All(rows, row => Assert.Equal(Regex.Count(row, "8;id="), Regex.Count(row, "8;;\e")));
        Assert.All(rows, row => Assert.InRange(TerminalEscape.Columns(row), 1, 40));
        Assert.Equal(
            $"bob: see {Url}, ok?".Replace(" ", "", StringComparison.Ordinal),
            string.Concat(rows.SkipLast(2).Select(Plain)).Replace(" ", "", StringComparison.Ordinal)[5..]
        );
        Assert.DoesNotContain(
            "\e]",
            string.Concat(Lines(new Ink(TerminalColors.Palette256)).Rows(message, 40)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Right_to_left_text_keeps_the_margin_on_the_left()
    {
        var rows = Lines(Ink.None).Rows(Message("123", "שלום\nمرحبا ann: yes\nabc"), 40);

        Assert.Equal(["14:05 \u200e123: שלום", " \u200e          مرحبا ann: yes", "           abc"], rows);
        Assert.Equal("14:05 \u200ebob: שלום", Lines(Ink.None).Brief(Message("bob", "שלום"), null, 40));
    }

    [Fact]
    public void Message_of_another_conversation_is_cut_to_one_row()
    {
        var lines = Lines(Ink.None);
        var message = Message("carol", "Hast du das 日本語 gesehen?\nJa!");

        Assert.Equal("14:05 [2] carol: Hast du das 日本語 gesehen? Ja!", lines.Brief(message, 2, 80));
        Assert.Equal("14:05 [2] carol: Hast du das 日本…", lines.Brief(message, 2, 35));
        Assert.Equal("14:05 carol: Hast du das 日本語…", lines.Brief(message, null, 33));
    }

    [Fact]
    public void Day_rule_shows_once_when_the_day_changes()
    {
        var time = new FakeTimeProvider(Now);
        var lines = new MessageLines("dave", _ => 0, Ink.None, time);

        Assert.Null(lines.Days.Before(Now));
        Assert.Equal("── Monday, 23 November ──", lines.Days.Before(Now.AddDays(-1)));
        Assert.Null(lines.Days.Before(Now.AddDays(-1)));
        Assert.Equal("── Monday, 24 November 2025 ──", lines.Days.Before(Now.AddYears(-1)));
        Assert.Equal("── Tuesday, 24 November ──", lines.Days.Before(Now));
        time.Advance(TimeSpan.FromHours(10));
        Assert.Equal("── Wednesday, 25 November ──", lines.Days.Before(time.GetUtcNow()));
    }

    [Fact]
    public void Long_message_is_cut_with_a_hint()
    {
        var rows = Lines(Ink.None).Rows(Message("bob", string.Join('\n', Enumerable.Repeat("x", 1000))), 80);

        Assert.Equal(201, rows.Count);
        Assert.Equal("           … 800 more lines. 'export' writes whole messages to a file", rows[^1]);
    }

    public static TheoryData<string> Spoofs => WordWrapTests.Spoofs;

    [Theory]
    [MemberData(nameof(Spoofs))]
    public void Text_never_imitates_a_line_of_the_program(string filler)
    {
        foreach (var separator in (string[])["\n", "\n\n```\n", "\r\n", "\u2028", "\n> > - ", "**\n||", filler])
        {
            foreach (var width in (int[])[20, 40, 80])
            {
                var fakes = $"{filler}{separator}14:05 ann: yes{separator}── Monday, 1 May ──{separator}dave> hi";
                var rows = Lines(Full).Rows(Message("bob", fakes + "\n```"), width);

                Assert.StartsWith("14:05 bob:", Plain(rows[0]), StringComparison.Ordinal);
                Assert.All(rows.Skip(1), row => Assert.StartsWith("  ", row, StringComparison.Ordinal));
                Assert.All(rows, row => Assert.InRange(TerminalEscape.Columns(row), 0, width));
                Assert.All(rows, row => Assert.DoesNotMatch("[\\p{Cc}-[\e]]", row));
            }
        }
    }

    private static MessageLines Lines(Ink ink) => new("dave", name => name.Length % 12, ink, new FakeTimeProvider(Now));

    private static RoomMessageItem RoomMessage(string text) =>
        new(new string('0', 64), "", "trip", new RoomPersonItem("", "bob", Checked: true), text, Now, Yours: false);

    private static MessageItem Message(string from, string text) =>
        new(Guid.Parse("0199b3a0-0000-7000-8000-0123456789ab"), from, text, Now, MessageState.Received);

    private static string Plain(string row) => Regex.Replace(row, @"\e(\[[0-9;]*m|\][^\e]*\e\\)", "").TrimEnd(' ');
}

using Microsoft.Extensions.Time.Testing;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class TableAnswersTests
{
    private const string Bob = "bob";
    private const string Ann = "ann";

    private const string Digits = "61357 20196 01592 82861 63570 10858 82933 63637 86911 50091 45419 46730";
    private const string Link =
        "http://192.168.178.20:5000/join#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygp";

    private static readonly string Qr = new('A', 154);
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 14, 0, 0, TimeSpan.Zero);
    private static readonly Ink Colored = new(TerminalColors.Palette256);
    private static readonly PeerId OtherKey = PeerId.FromPublicKey([4, 5, 6]);
    private static readonly string Id = PeerId.FromPublicKey([1, 2, 3]).ToString();

    [Fact]
    public void Peers_are_shown_as_a_table() =>
        Assert.Equal(
            ["ann  online   connected, not verified", "bob  offline"],
            Tables(60).Peers(new([Item(Ann, true, Relation.Connected), Item(Bob, false, Relation.None)]))
        );

    [Theory]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(80)]
    public void History_is_shown_as_messages_at_any_width(int width)
    {
        var rows = Tables(width).History(Page("日本語日本語日本語日本語 👋🏽 x\nhello"), TimeZoneInfo.Utc).ToList();

        Assert.Equal("── Friday, 2 January ──", rows[0]);
        Assert.StartsWith("03:04", string.Concat(rows.Skip(1)), StringComparison.Ordinal);
        Assert.Contains("hello", string.Concat(rows), StringComparison.Ordinal);
        Assert.All(rows.Skip(2), row => Assert.StartsWith(" ", row, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(120)]
    public void Search_result_is_a_line_with_the_message_id(int width)
    {
        var results = new SearchResponse([new FoundItem(Bob, Page("a needle").Messages[0])], null);
        var (none, table) = (new SearchResponse([], null), Tables(width));

        Assert.Equal(
            [$"bob  2026-01-02 03:04 bob: a needle  [{Guid.Empty}]"],
            table.SearchResults(results, TimeZoneInfo.Utc)
        );
        Assert.Equal(
            [$"bob  2026-01-02 03:04 bob: a ▒▒▒", $"    needle  [{Guid.Empty}]"],
            table.SearchResults(
                new SearchResponse([new FoundItem(Bob, Page("**a** ||b||\nneedle").Messages[0])], null),
                TimeZoneInfo.Utc
            )
        );
        Assert.Equal(CommandText.SearchResults(none, TimeZoneInfo.Utc), table.SearchResults(none, TimeZoneInfo.Utc));
        Assert.Equal(
            CommandText.SearchResults(none with { Indexing = true }, TimeZoneInfo.Utc),
            table.SearchResults(none with { Indexing = true }, TimeZoneInfo.Utc)
        );
        Assert.Equal(2, table.SearchResults(results with { Indexing = true }, TimeZoneInfo.Utc).Count());
        none = none with { Rooms = new RoomSearchResponse([], Next: 5) };
        Assert.Equal(
            ["No messages found.", "There may be older messages in rooms. Add a word to find them."],
            table.SearchResults(none, TimeZoneInfo.Utc)
        );
        Assert.Equal(CommandText.SearchResults(none, TimeZoneInfo.Utc), table.SearchResults(none, TimeZoneInfo.Utc));
    }

    [Fact]
    public void Safety_number_and_invite_fit_one_screen()
    {
        var safety = new SafetyResponse(Digits, SafetyNumber.QrText(PeerId.Parse(Id), OtherKey), Verified: false);
        var rows = Tables(80).Safety(Bob, safety).ToList();

        Assert.InRange(rows.Count, 19, 22);
        Assert.All(rows, row => Assert.InRange(row.Length, 1, 79));
        Assert.Contains("  61357 20196 01592 82861", rows[1], StringComparison.Ordinal);
        Assert.Equal(QrText.DrawCompact(safety.Qr), rows.Select(row => row[..rows[0].Length]));
        Assert.Contains(rows, row => row.EndsWith("  or use 'verify bob' with the digits", StringComparison.Ordinal));

        var invite = new InviteItem("a1", InviteItemState.Open, 1, 0, Now, Now, [], Link, Qr);
        var shown = Tables(80).Invite(invite, TimeZoneInfo.Utc).ToList();
        Assert.Equal(Link, shown[0]);
        Assert.InRange(shown.Count - 1, 19, 22);
        Assert.All(shown.Skip(1), row => Assert.InRange(row.Length, 1, 79));
    }

    [Theory]
    [InlineData(40, 24)]
    [InlineData(80, 20)]
    public void QR_code_that_does_not_fit_is_replaced_by_a_hint(int width, int height)
    {
        var safety = new SafetyResponse(Digits, SafetyNumber.QrText(PeerId.Parse(Id), OtherKey), Verified: false);

        Assert.Equal(
            [
                "61357 20196 01592 82861",
                "63570 10858 82933 63637",
                "86911 50091 45419 46730",
                CommandText.HowToCompare(Bob, safety),
                "A terminal with 68 columns and 23 rows also shows a QR code.",
            ],
            new TableAnswers(() => (width, height), Ink.None, Lines(Ink.None)).Safety(Bob, safety)
        );
    }

    [Fact]
    public void QR_code_is_light_on_dark_in_every_theme() =>
        Assert.All(
            new TableAnswers(() => (80, 24), Colored, Lines(Colored)).Safety(Bob, new(Digits, "a text", false)),
            row => Assert.StartsWith("\e[38;5;231;48;5;16m", row, StringComparison.Ordinal)
        );

    [Fact]
    public void Control_characters_and_markup_are_shown_as_text() =>
        Assert.Equal(
            "03:04 bob: [red]a[/]␛[2Jb<U+202E>",
            Tables(120).History(Page("[red]a[/]\u001b[2Jb\u202e"), TimeZoneInfo.Utc).Last()
        );

    [Fact]
    public void Wide_characters_keep_columns_aligned()
    {
        ContactItem[] contacts = [new(Ann, Id, "日本", true, false, []), new(Bob, Id, "Bo", false, true, [])];

        Assert.Equal(
            ["name  nickname", "ann   日本      verified", "bob   Bo        blocked"],
            Tables(60).Contacts(new(contacts))
        );
    }

    [Fact]
    public void Colours_do_not_change_the_text()
    {
        var colored = new TableAnswers(() => (80, 24), Colored, Lines(Colored)).Help().ToList();

        Assert.Contains(colored, line => line.Contains("\e[", StringComparison.Ordinal));
        Assert.Equal(
            Tables(80).Help(),
            colored.Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"\e\[[0-9;]*m", "").TrimEnd())
        );
    }

    [Fact]
    public void Empty_table_is_replaced_by_the_plain_sentence() =>
        Assert.Equal(CommandText.Peers([]), Tables(60).Peers(new([])));

    private static TableAnswers Tables(int width) => new(() => (width, 24), Ink.None, Lines(Ink.None));

    private static MessageLines Lines(Ink ink) => new("dave", _ => 0, ink, new FakeTimeProvider(Now));

    private static PeerItem Item(string name, bool online, Relation relation) =>
        new(name, Id, online, DateTimeOffset.UnixEpoch, relation);

    private static MessagesResponse Page(string text) =>
        new(
            [
                new MessageItem(
                    Guid.Empty,
                    Bob,
                    text,
                    new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                    MessageState.Received
                ),
            ],
            null
        );
}

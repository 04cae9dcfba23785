using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class TableAnswersTests
{
    private const string Bob = "bob";
    private const string Ann = "ann";

    private static readonly string Id = PeerId.FromPublicKey([1, 2, 3]).ToString();

    [Fact]
    public void Peers_are_shown_as_a_table() =>
        Assert.Equal(
            ["ann  online   connected, not verified", "bob  offline"],
            Tables(60).Peers(new([Item(Ann, true, Relation.Connected), Item(Bob, false, Relation.None)]))
        );

    [Fact]
    public void Text_wraps_within_its_column()
    {
        var lines = Tables(66)
            .History(Page("it is a long text that takes more than one row"), TimeZoneInfo.Utc)
            .ToList();

        Assert.Equal("2026-01-02 03:04  bob  it is a long text that takes more than", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.StartsWith(new string(' ', 23), line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 65));
    }

    [Fact]
    public void Narrow_terminal_shows_messages_as_plain_lines() =>
        Assert.Equal(["2026-01-02 03:04 bob: hello"], Tables(40).History(Page("hello"), TimeZoneInfo.Utc));

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
        Assert.Equal(CommandText.SearchResults(none, TimeZoneInfo.Utc), table.SearchResults(none, TimeZoneInfo.Utc));
        Assert.Equal(
            CommandText.SearchResults(none with { Indexing = true }, TimeZoneInfo.Utc),
            table.SearchResults(none with { Indexing = true }, TimeZoneInfo.Utc)
        );
        Assert.Equal(2, table.SearchResults(results with { Indexing = true }, TimeZoneInfo.Utc).Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(30)]
    public void History_is_shown_in_the_narrowest_terminal(int width) =>
        Assert.NotEmpty(Tables(width).History(Page("日本語日本語日本語日本語 👋🏽 x"), TimeZoneInfo.Utc));

    [Fact]
    public void QR_code_wider_than_the_terminal_is_replaced_by_a_hint()
    {
        var safety = new SafetyResponse("12345 67890", "a text", Verified: false);
        var whole = Tables(80).Safety(Bob, safety).ToList();

        Assert.Equal(CommandText.Safety(Bob, safety), whole);
        Assert.Equal(["  12345 67890", whole[^1]], Tables(whole[1].Length - 1).Safety(Bob, safety).SkipLast(1));
        Assert.Equal(whole, Tables(whole[1].Length).Safety(Bob, safety));
    }

    [Fact]
    public void Control_characters_and_markup_are_shown_as_text() =>
        Assert.Equal(
            ["2026-01-02 03:04  bob  [red]a[/]␛[2J␊b<U+202E>"],
            Tables(120).History(Page("[red]a[/]\u001b[2J\nb\u202e"), TimeZoneInfo.Utc)
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
        var colored = new TableAnswers(() => 80, new Ink(true)).Help().ToList();

        Assert.Contains(colored, line => line.Contains("\e[", StringComparison.Ordinal));
        Assert.Equal(
            Tables(80).Help(),
            colored.Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"\e\[[0-9;]*m", "").TrimEnd())
        );
        Assert.Equal(CommandTable.All.Count, Tables(80).Help().Count());
    }

    [Fact]
    public void Empty_table_is_replaced_by_the_plain_sentence() =>
        Assert.Equal(CommandText.Peers([]), Tables(60).Peers(new([])));

    private static TableAnswers Tables(int width) => new(() => width, Ink.None);

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

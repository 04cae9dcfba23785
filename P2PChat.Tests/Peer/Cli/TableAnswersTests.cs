using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class TableAnswersTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Ann = Username.Parse("ann");
    private static readonly PeerId Id = PeerId.FromPublicKey([1, 2, 3]);

    [Fact]
    public void Peers_are_a_table() =>
        Assert.Equal(
            ["ann  online   connected, not verified", "bob  offline"],
            Tables(60).List([View(Ann, true, Relation.Connected), View(Bob, false, Relation.None)])
        );

    [Fact]
    public void Where_it_is_narrow_a_text_wraps_within_its_column()
    {
        var lines = Tables(66)
            .History(Page("it is a long text that takes more than one row"), TimeZoneInfo.Utc)
            .ToList();

        Assert.Equal("2026-01-02 03:04  bob  it is a long text that takes more than", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.StartsWith(new string(' ', 23), line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 65));
    }

    [Fact]
    public void Where_there_is_no_room_for_columns_a_message_is_a_line_to_be_broken_between_words() =>
        Assert.Equal(["2026-01-02 03:04 bob: hello"], Tables(40).History(Page("hello"), TimeZoneInfo.Utc));

    [Theory]
    [InlineData(40)]
    [InlineData(120)]
    public void What_is_found_is_a_line_with_its_id(int width)
    {
        var found = new SearchPage(Page("a needle").Messages, null);

        Assert.Equal(
            [$"bob  2026-01-02 03:04 bob: a needle  [{Guid.Empty}]"],
            Tables(width).Found(found, TimeZoneInfo.Utc)
        );
        Assert.Equal(["No message has these words."], Tables(width).Found(new SearchPage([], null), TimeZoneInfo.Utc));
        Assert.Equal(
            ["Older messages are still being indexed. Search again in a minute to find them too."],
            Tables(width).Found(new SearchPage([], null, Indexing: true), TimeZoneInfo.Utc)
        );
        Assert.Equal(2, Tables(width).Found(found with { Indexing = true }, TimeZoneInfo.Utc).Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(30)]
    public void The_narrowest_terminal_gets_something(int width) =>
        Assert.NotEmpty(Tables(width).History(Page("日本語日本語日本語日本語 👋🏽 x"), TimeZoneInfo.Utc));

    [Fact]
    public void A_code_that_would_be_broken_at_the_edge_is_left_out_and_that_is_said()
    {
        var safety = new Safety("12345 67890", "a text", Verified: false);
        var whole = Tables(80).Safety(Bob, safety).ToList();

        Assert.Equal(CommandText.Safety(Bob, safety), whole);
        Assert.Equal(
            ["  12345 67890", whole[^1], $"A terminal of {whole[1].Length} columns shows it as a QR code too."],
            Tables(whole[1].Length - 1).Safety(Bob, safety)
        );
        Assert.Equal(whole, Tables(whole[1].Length).Safety(Bob, safety));
    }

    [Fact]
    public void What_others_wrote_is_neither_obeyed_nor_taken_for_markup() =>
        Assert.Equal(
            ["2026-01-02 03:04  bob  [red]a[/]␛[2J␊b<U+202E>"],
            Tables(120).History(Page("[red]a[/]\u001b[2J\nb\u202e"), TimeZoneInfo.Utc)
        );

    [Fact]
    public void Wide_characters_do_not_shift_what_follows()
    {
        Contact[] contacts = [new(Ann, Id, "日本", true, false), new(Bob, Id, "Bo", false, true)];

        Assert.Equal(
            ["name  nickname", "ann   日本      verified", "bob   Bo        blocked"],
            Tables(60).Contacts(contacts)
        );
    }

    [Fact]
    public void With_colours_the_words_are_the_same()
    {
        var colored = new TableAnswers(() => 80, new Ink(true)).Help().ToList();

        Assert.Contains(colored, line => line.Contains("\e[", StringComparison.Ordinal));
        Assert.Equal(
            Tables(80).Help(),
            colored.Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"\e\[[0-9;]*m", "").TrimEnd())
        );
        Assert.Equal(CommandInfo.All.Count, Tables(80).Help().Count());
    }

    [Fact]
    public void Where_there_is_nothing_the_plain_sentence_says_so() =>
        Assert.Equal(["Nobody is in the directory."], Tables(60).List([]));

    private static TableAnswers Tables(int width) => new(() => width, Ink.None);

    private static PeerView View(Username name, bool online, Relation relation) =>
        new(name, Id, online, DateTimeOffset.UnixEpoch, relation);

    private static MessagePage Page(string text) =>
        new(
            [
                new Message(
                    Guid.Empty,
                    1,
                    Bob,
                    Bob,
                    text,
                    new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                    MessageState.Received
                ),
            ],
            null
        );
}

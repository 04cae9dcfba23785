using P2PChat.Peer.Chat;
using P2PChat.Peer.Console;
using P2PChat.Peer.Console.Terminal;
using P2PChat.Peer.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Console;

public sealed class TableAnswersTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Ann = Username.Parse("ann");
    private static readonly PeerId Id = PeerId.FromPublicKey([1, 2, 3]);

    [Fact]
    public void Peers_are_a_table() =>
        Assert.Equal(
            ["name", "ann   online   connected", "bob   offline"],
            Tables(60).List([View(Ann, true, Relation.Connected), View(Bob, false, Relation.None)]));

    [Fact]
    public void Where_it_is_narrow_a_text_wraps_within_its_column()
    {
        var lines = Tables(46).History(Page("it is a long text that takes more than one row"), TimeZoneInfo.Utc).ToList();

        Assert.Equal("2026-01-02 03:04  bob  it is a long text", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.StartsWith(new string(' ', 23), line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 45));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(30)]
    public void The_narrowest_terminal_gets_something(int width) =>
        Assert.NotEmpty(Tables(width).History(Page("日本語日本語日本語日本語 👋🏽 x"), TimeZoneInfo.Utc));

    [Fact]
    public void What_others_wrote_is_neither_obeyed_nor_taken_for_markup() =>
        Assert.Equal(
            ["2026-01-02 03:04  bob  [red]a[/]␛[2J␊b<U+202E>"],
            Tables(120).History(Page("[red]a[/]\u001b[2J\nb\u202e"), TimeZoneInfo.Utc));

    [Fact]
    public void Wide_characters_do_not_shift_what_follows()
    {
        Contact[] contacts = [new(Ann, Id, "日本", true, false), new(Bob, Id, "Bo", false, true)];

        Assert.Equal(["name  nickname", "ann   日本      verified", "bob   Bo        blocked"], Tables(60).Contacts(contacts));
    }

    [Fact]
    public void With_colours_the_words_are_the_same()
    {
        var colored = new TableAnswers(() => 80, new Ink(true)).Help().ToList();

        Assert.Contains(colored, line => line.Contains("\e[", StringComparison.Ordinal));
        Assert.Equal(
            Tables(80).Help(),
            colored.Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"\e\[[0-9;]*m", "").TrimEnd()));
        Assert.Equal(CommandInfo.All.Count, Tables(80).Help().Count());
    }

    [Fact]
    public void Where_there_is_nothing_the_plain_sentence_says_so() =>
        Assert.Equal(["Nobody is in the directory."], Tables(60).List([]));

    private static TableAnswers Tables(int width) => new(() => width, Ink.None);

    private static PeerView View(Username name, bool online, Relation relation) => new(name, Id, online, DateTimeOffset.UnixEpoch, relation);

    private static MessagePage Page(string text) =>
        new([new Message(Guid.Empty, 1, Bob, Bob, text, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), MessageState.Received)], null);
}

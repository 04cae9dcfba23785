using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Peer.Cli;

public sealed class StatusRowTests
{
    private static readonly StatusRow Quiet = new(Name("dave"), DirectoryState.Registered, 2, [], [], [], null);

    private static readonly StatusRow Busy = Quiet with
    {
        Requests = [Name("carol")],
        Conversations = [Chat(1, "bob", 0, isOpen: true), Chat(2, "carol", 3), Chat(3, "dan", 0)],
        Typing = [new("bob")],
        LastSent = (Name("bob"), MessageState.Read),
    };

    [Fact]
    public void Row_shows_username_directory_and_connections() =>
        Assert.Equal("── dave · registered · 2 connected", Quiet.Draw(79, Ink.None));

    [Fact]
    public void Row_shows_requests_messages_typing_and_last_message() =>
        Assert.Equal(
            "── dave · registered · 2 connected · request from carol · [1] bob [2] carol 3 [3] dan · bob is typing · "
                + "to bob: read",
            Busy.Draw(120, Ink.None)
        );

    [Theory]
    [InlineData(100, "── dave · registered · 2 connected · request from carol · [1] bob [2] carol 3 · bob is typing")]
    [InlineData(86, "── dave · registered · 2 connected · request from carol · [2] carol 3 · bob is typing")]
    [InlineData(76, "── dave · registered · request from carol · [2] carol 3 · bob is typing")]
    [InlineData(60, "── dave · request from carol · [2] carol 3 · bob is typing")]
    [InlineData(42, "── dave · request from carol · [2] carol 3")]
    [InlineData(28, "── dave · request from carol")]
    [InlineData(12, "── dave")]
    [InlineData(6, "── da…")]
    [InlineData(1, "─")]
    public void Narrow_row_leaves_out_the_least_important_parts(int width, string row) =>
        Assert.Equal(row, Busy.Draw(width, Ink.None));

    [Theory]
    [InlineData(120, "-- dave | registered | 2 connected")]
    [InlineData(6, "-- ...")]
    [InlineData(2, "--")]
    public void Row_is_ascii_in_a_locale_without_utf_8(int width, string row) =>
        Assert.Equal(row, Quiet.Draw(width, new Ink(TerminalColors.None, isUnicode: false)));

    [Theory]
    [InlineData(DirectoryState.Registering, "registering")]
    [InlineData(DirectoryState.Refused, "refused by the directory")]
    [InlineData(DirectoryState.Unreachable, "directory unreachable")]
    public void Narrow_row_keeps_directory_problems(DirectoryState state, string text) =>
        Assert.Equal($"── dave · {text}", (Quiet with { Directory = state }).Draw(34, Ink.None));

    [Fact]
    public void Several_peers_are_counted() =>
        Assert.Equal(
            "── dave · registered · 2 connected · 2 requests · 2 are typing · to bob: queued",
            (
                Quiet with
                {
                    Requests = [Name("ann"), Name("ben")],
                    Typing = [new("ann"), new("ben", "#plans")],
                    LastSent = (Name("bob"), MessageState.Queued),
                }
            ).Draw(120, Ink.None)
        );

    [Theory]
    [InlineData("Plans", 2, 0, RoomNotify.All, "[4] #plans 2", 3)]
    [InlineData("Plans", 2, 1, RoomNotify.Mentions, "[4] #plans 2 @", 2)]
    [InlineData("Plans", 2, 0, RoomNotify.None, "[4] #plans 2", 1)]
    [InlineData(
        "計画計画計画計画計画計画計画計画計画",
        0,
        0,
        RoomNotify.All,
        "[4] #計画計画計画計画計画計画計画計…",
        1
    )]
    public void Room_is_shown_with_its_unread_messages(
        string name,
        int unread,
        int mentions,
        RoomNotify notify,
        string shown,
        int news
    )
    {
        var room = new RoomView(
            new RoomEventId(new byte[RoomEventId.Size]),
            name,
            RoomStanding.Joined,
            RoomRole.Member,
            3,
            unread,
            mentions,
            notify
        );
        var named = Assert.Single(NamedRoom.Of([room]));
        var row = Quiet with
        {
            Requests = [Name("carol")],
            Conversations = [new(4, named.Key, named.Name, unread, IsOpen: false, ChatMarks.None) { Room = room }],
        };

        Assert.EndsWith($" · {shown}", row.Draw(120, Ink.None), StringComparison.Ordinal);
        Assert.Equal(news, row.News);
        Assert.All(Enumerable.Range(20, 100), width =>
            Assert.InRange(TerminalEscape.Columns(row.Draw(width, Ink.None)), 1, width)
        );
    }

    [Fact]
    public void Typing_in_another_room_names_it() =>
        Assert.EndsWith(
            " · bob? is typing in #plans",
            (Quiet with { Typing = [new("bob?", "#plans")] }).Draw(120, Ink.None),
            StringComparison.Ordinal
        );

    [Fact]
    public void Failed_message_is_not_shown() =>
        Assert.Equal(
            Quiet.Draw(120, Ink.None),
            (Quiet with { LastSent = (Name("bob"), MessageState.Expired) }).Draw(120, Ink.None)
        );

    [Fact]
    public void Colours_take_no_columns() =>
        Assert.Equal(
            Busy.Draw(55, Ink.None),
            System.Text.RegularExpressions.Regex.Replace(
                Busy.Draw(55, new Ink(TerminalColors.Sixteen)),
                @"\e\[[0-9;]*m",
                ""
            )
        );

    private static NumberedConversation Chat(int number, string name, int unread, bool isOpen = false) =>
        new(number, new ChatKey.Contact(Name(name)), name, unread, isOpen, ChatMarks.None);

    private static Username Name(string name) => Username.Parse(name);
}

using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class StatusRowTests
{
    private static readonly StatusRow Quiet = new(Name("dave"), DirectoryState.Registered, 2, [], [], [], null);

    private static readonly StatusRow Busy = Quiet with
    {
        Requests = [Name("carol")],
        Conversations = [Chat(1, "bob", 0, isOpen: true), Chat(2, "carol", 3), Chat(3, "dan", 0)],
        Typing = [Name("bob")],
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
                    Typing = [Name("ann"), Name("ben")],
                    LastSent = (Name("bob"), MessageState.Queued),
                }
            ).Draw(120, Ink.None)
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

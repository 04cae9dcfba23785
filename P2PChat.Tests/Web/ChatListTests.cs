using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

/// <summary>The order of the conversations in the sidebar.</summary>
public sealed class ChatListTests
{
    private static readonly Person[] People =
    [
        NewPerson("newest"),
        NewPerson("old-archived") with
        {
            Marks = ChatMarks.None with { Archived = true },
        },
        NewPerson("older"),
        NewPerson("pinned") with
        {
            Marks = ChatMarks.None with { Pinned = true },
            Nickname = "Émilie",
        },
        NewPerson("stranger") with
        {
            Accepted = false,
        },
        NewPerson("pinned-archived") with
        {
            Marks = ChatMarks.None with { Pinned = true, Archived = true },
        },
    ];

    [Fact]
    public void Pinned_conversations_come_first_and_archived_ones_last()
    {
        var closed = ChatList.Of(People, [], "", showsArchived: false);
        var open = ChatList.Of(People, [], "", showsArchived: true);

        Assert.Equal(["pinned", "newest", "older"], Names(closed));
        Assert.Equal((2, null), (closed.ArchivedCount, closed.FirstArchived));
        Assert.Equal(["pinned", "newest", "older", "old-archived", "pinned-archived"], Names(open));
        Assert.Equal("old-archived", open.FirstArchived?.Person?.Name.Value);
        Assert.Equal(
            (0, null),
            (ChatList.Of([], [], "", true).ArchivedCount, ChatList.Of([], [], "", true).FirstArchived)
        );
    }

    [Theory]
    [InlineData("OLD", "older old-archived")]
    [InlineData(" émi ", "pinned")]
    [InlineData("pinned", "pinned pinned-archived")]
    [InlineData("nobody", "")]
    public void Filter_finds_usernames_and_nicknames_even_archived(string filter, string names) =>
        Assert.Equal(names, string.Join(' ', Names(ChatList.Of(People, [], filter, showsArchived: false))));

    [Fact]
    public void Classes_name_the_marks() =>
        Assert.Equal(
            "chat pinned muted archived has-unread",
            ChatList.ClassesOf(
                NewPerson("bob") with
                {
                    Unread = 1,
                    Marks = ChatMarks.None with { Pinned = true, Muted = true, Archived = true },
                }
            )
        );

    private static Person NewPerson(string name) => new(Username.Parse(name)) { Accepted = true };

    private static IEnumerable<string> Names(ChatList list) => list.Rows.Select(chat => chat.Person!.Name.Value);
}

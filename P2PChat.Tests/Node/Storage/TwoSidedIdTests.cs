using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using static P2PChat.Tests.Node.Storage.StoredContents;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Messages of both sides with one id: the other side chooses its ids, also one of ours.</summary>
public sealed class TwoSidedIdTests : IDisposable
{
    private readonly StoredContents _stored = new();

    private MessageTable Table => _stored.Store.AfterFlush();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public void All_messages_are_read_if_a_page_ends_at_an_id_of_both_sides()
    {
        var ids = Enumerable.Range(0, 1300).Select(i => _stored.Send($"{i}")).ToList();
        _ = _stored.Receive("theirs", id: ids[999]);
        _ = _stored.Receive("last");

        var texts = Table.All(Bob)!.Select(message => message.Text).ToList();

        Assert.Equal([.. Enumerable.Range(0, 1300).Select(i => $"{i}"), "theirs", "last"], texts);
    }

    [Fact]
    public void Page_begins_at_the_message_of_the_given_side()
    {
        var id = _stored.Send("ours");
        _ = _stored.Send("between");
        _ = _stored.Receive("theirs", id: id);
        _ = _stored.Send("last");

        Assert.Equal(["between", "theirs", "last"], After(isOurs: true));
        Assert.Equal(["last"], After(isOurs: false));
        Assert.Equal([true, false], Table.SidesOf(Bob, id, isShown: true).OrderDescending());
        Assert.Empty(Table.SidesOf(Bob, Guid.NewGuid(), isShown: false));

        IEnumerable<string> After(bool isOurs) =>
            Table.Page(Bob, id, null, 10, isOurs)!.Messages.Select(message => message.Text);
    }

    [Fact]
    public void Change_with_the_id_of_a_message_is_no_second_message()
    {
        var id = _stored.Send("ours");
        var edited = _stored.Receive("theirs");
        _ = _stored.Receive("edited: theirs, edited", new MessageContent.Edit(edited), id: id);

        Assert.Equal([true], Table.SidesOf(Bob, id, isShown: true));
        Assert.Equal([true], Table.SidesOf(Bob, id, isShown: false));
    }

    [Theory]
    [InlineData(true, "theirs")]
    [InlineData(false, "ours")]
    public async Task Delete_of_one_side_keeps_the_message_of_the_other(bool isOurs, string kept)
    {
        var id = _stored.Send("ours");
        _ = _stored.Receive("theirs", id: id);
        _ = _stored.Edit(id, isOurs ? "ours" : "theirs", isOurs);

        _ = _stored.Store.AfterFlush();
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, id, isOurs));

        Assert.Equal([kept], _stored.Messages().Select(message => message.Text));
    }

    [Fact]
    public void Read_and_unread_marks_count_from_the_message_of_the_other_side()
    {
        var id = _stored.Receive("first");
        var last = _stored.Receive("theirs");
        _ = _stored.Send("ours", id: id);
        var marks = _stored.Store.Marks;
        _ = _stored.Store.AfterFlush();

        Assert.True(marks.MarkUnread(Bob, id));
        Assert.Equal(_stored.Message(id, isOurs: false).Position, marks.All().Single().Marks.UnreadFrom);
        Assert.True(marks.MarkRead(Bob, id));

        Assert.Equal(_stored.Message(last, isOurs: false).Position, marks.All().Single().Marks.UnreadFrom);
    }
}

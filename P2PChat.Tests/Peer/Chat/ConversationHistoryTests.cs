using P2PChat.Peer.Chat;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Chat;

public sealed class ConversationHistoryTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private readonly ConversationHistory _history = new(capacity: 5, maxBytes: 4096);
    private readonly List<Guid> _ids = [];

    [Fact]
    public void A_message_is_kept_once()
    {
        Add(1);
        Assert.Null(_history.Add(_ids[0], Alice, Bob, "again", DateTimeOffset.UnixEpoch, MessageState.Received));
        Assert.Equal(["1"], Texts(null, null, 10));
    }

    [Fact]
    public void Only_the_newest_are_kept()
    {
        Add(8);
        Assert.Equal(["4", "5", "6", "7", "8"], Texts(null, null, 10));
        Assert.Null(_history.Find(_ids[0]));
    }

    [Fact]
    public void Only_as_many_bytes_are_kept_as_may_be_and_the_oldest_go_first()
    {
        Add(3);
        _ = _history.Add(Guid.CreateVersion7(), Alice, Bob, new string('x', 1550), DateTimeOffset.UnixEpoch, MessageState.Received);
        Assert.Equal(["2", "3", new string('x', 1550)], Texts(null, null, 10));
        Assert.InRange(_history.Bytes, 3000, 4096);
    }

    [Fact]
    public void What_was_cleared_is_gone_and_leaves_room_for_more()
    {
        Add(3);
        _history.Clear();
        Assert.Equal(0, _history.Bytes);
        Assert.Empty(Texts(null, null, 10));
        Assert.Empty(Texts(_ids[0], null, 10));

        Add(2);
        Assert.Equal(["1", "2"], Texts(null, null, 10));
    }

    [Fact]
    public void Pages_after_an_id_lead_to_the_newest()
    {
        Add(5);
        var first = _history.Page(_ids[0], null, 2);
        Assert.Equal(["2", "3"], first.Messages.Select(message => message.Text));
        var last = _history.Page(first.Next, null, 2);
        Assert.Equal(["4", "5"], last.Messages.Select(message => message.Text));
        Assert.Null(last.Next);
        Assert.Empty(_history.Page(_ids[4], null, 2).Messages);
    }

    [Fact]
    public void Pages_before_an_id_lead_to_the_oldest()
    {
        Add(5);
        var newest = _history.Page(null, null, 2);
        Assert.Equal(["4", "5"], newest.Messages.Select(message => message.Text));
        var before = _history.Page(null, newest.Next, 2);
        Assert.Equal(["2", "3"], before.Messages.Select(message => message.Text));
        var oldest = _history.Page(null, before.Next, 2);
        Assert.Equal(["1"], oldest.Messages.Select(message => message.Text));
        Assert.Null(oldest.Next);
    }

    [Fact]
    public void An_id_that_is_gone_counts_as_older_than_all()
    {
        Add(8);
        Assert.Equal(["4", "5"], _history.Page(_ids[0], null, 2).Messages.Select(message => message.Text));
        Assert.Empty(_history.Page(null, _ids[0], 2).Messages);
    }

    [Fact]
    public void A_new_state_is_seen_by_the_next_who_looks()
    {
        Add(1);
        _history.SetState(_ids[0], MessageState.Delivered);
        Assert.Equal(MessageState.Delivered, _history.Find(_ids[0])!.State);
    }

    private void Add(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            _ids.Add(Guid.CreateVersion7());
            _ = _history.Add(_ids[^1], Alice, Bob, $"{i}", DateTimeOffset.UnixEpoch, MessageState.Sent);
        }
    }

    private IEnumerable<string> Texts(Guid? after, Guid? before, int limit) =>
        _history.Page(after, before, limit).Messages.Select(message => message.Text);
}

using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

/// <summary>The divider before new messages.</summary>
public sealed class UnreadDividerTests
{
    private static readonly Username Bob = Username.Parse("bob");

    private readonly Message[] _messages =
    [
        .. Enumerable
            .Range(1, 3)
            .Select(position => new Message(
                Guid.CreateVersion7(),
                position,
                Bob,
                Bob,
                "text",
                DateTimeOffset.UnixEpoch,
                MessageState.Received
            )),
    ];

    private Guid? _firstUnread;
    private UnreadDivider _divider = default!;

    [Fact]
    public void Divider_stays_while_the_user_reads()
    {
        Open(Unread(2), 0);
        _divider.OnReceived(_messages[2], isSeen: false);
        Assert.False(Update(Unread(3)));
        _divider.OnRead();
        Assert.False(Update(Unread(0)));
        _divider.OnReceived(_messages[2], isSeen: true);
        Assert.Equal(_messages[0].Id, _divider.At);

        _divider.Clear();
        Assert.Null(_divider.At);
    }

    [Fact]
    public void Divider_moves_to_the_first_message_after_those_that_were_read()
    {
        Open(Unread(0));
        _divider.OnReceived(_messages[0], isSeen: true);
        Assert.Null(_divider.At);
        _divider.OnReceived(_messages[1], isSeen: false);
        _divider.OnReceived(_messages[2], isSeen: false);
        Assert.Equal(_messages[1].Id, _divider.At);
        _divider.OnRead();
        _divider.OnReceived(_messages[2], isSeen: false);
        Assert.Equal(_messages[2].Id, _divider.At);
    }

    [Fact]
    public void Divider_above_the_view_is_offered_until_seen()
    {
        var window = new MessageWindow((_, _, _) => Task.FromResult(new MessagePage(_messages, null)));
        Open(Unread(1), 1);
        Assert.True(_divider.IsAbove(window));
        Assert.True(window.LoadNewestAsync().IsCompletedSuccessfully);
        Assert.False(_divider.IsAbove(window));
        _divider.OnPlaced(-1, isPageInFront: true);
        Assert.True(_divider.IsAbove(window));
        _divider.OnPlaced(0, isPageInFront: true);
        _divider.OnPlaced(-1, isPageInFront: true);
        Assert.False(_divider.IsAbove(window));

        _firstUnread = _messages[2].Id;
        _divider.OnDeleted(new MessageKey(IsOwn: true, _messages[1].Id));
        Assert.Equal(_messages[1].Id, _divider.At);
        _divider.OnDeleted(new MessageKey(IsOwn: false, _messages[1].Id));
        Assert.Equal(_messages[2].Id, _divider.At);
    }

    [Fact]
    public void Divider_leaves_when_the_messages_are_read_elsewhere()
    {
        Open(Unread(1), 0);
        Assert.True(Update(Unread(0)));
        Assert.Null(_divider.At);
    }

    [Fact]
    public void Messages_marked_as_unread_are_held_until_the_user_answers()
    {
        Open(Unread(0));
        _firstUnread = _messages[2].Id;
        Assert.True(Update(Unread(1, from: 3)));
        Assert.True(_divider.HoldsUnread);
        Assert.False(Update(Unread(1, from: 3)));
        Assert.Equal(_messages[2].Id, _divider.At);
        _divider.Clear();
        Assert.False(_divider.HoldsUnread);

        // Messages marked before the conversation was opened are not held: the user has come to read them.
        Open(Unread(1, from: 3), 2);
        Assert.False(Update(Unread(1, from: 3)));
        Assert.False(_divider.HoldsUnread);
    }

    private static Person Unread(int count, long? from = null) =>
        new(Bob) { Unread = count, Marks = ChatMarks.None with { UnreadFrom = from } };

    private void Open(Person person, int? firstUnread = null)
    {
        _firstUnread = firstUnread is { } index ? _messages[index].Id : null;
        _divider = new UnreadDivider(() => _firstUnread, person);
    }

    private bool Update(Person person) => _divider.Update(person);
}

using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The marks of conversations, and what they make of the number of unread messages.</summary>
public sealed class ChatMarkTableTests : IDisposable
{
    private const ulong Epoch = 5;

    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");

    private readonly TempDirectory _temporary = new();
    private readonly Guid[] _ids = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7())];
    private readonly ConversationWriter _lane;
    private OpenedStore _opened;

    public ChatMarkTableTests()
    {
        _opened = new OpenedStore(_temporary.Path);
        _lane = new ConversationWriter(
            Store.Writer,
            PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]),
            1000,
            _ => { },
            _ => { }
        );
        _ = _lane.Add(new Change.Accepted(Bob), null);
        Receive(1, 2, 3);
        _ = _lane.Add(new Change.Read(Epoch, 4), null);
    }

    private PeerStore Store => _opened.Store;

    public void Dispose()
    {
        _opened.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Marks_are_kept_and_a_new_message_ends_the_archive_unless_muted()
    {
        Assert.Empty(Store.Marks.All());
        Assert.False(Store.Marks.Set(Carol, pinned: true, null, null));
        Assert.True(Store.Marks.Set(Bob, pinned: true, null, muted: true));
        Assert.True(Store.Marks.Set(Bob, null, archived: true, null));

        Receive(4);
        Assert.Equal(new ChatMarks(Pinned: true, Archived: true, Muted: true, null), Marks());
        Assert.True(Store.Marks.Set(Bob, null, null, muted: false));
        Assert.True(Marks().Archived);
        Receive(5);
        Assert.Equal(new ChatMarks(Pinned: true, Archived: false, Muted: false, null), Marks());

        _opened.Dispose();
        _opened = new OpenedStore(_temporary.Path);
        Assert.Equal(new ChatMarks(Pinned: true, Archived: false, Muted: false, null), Marks());
    }

    [Fact]
    public void Choice_about_files_is_kept_when_other_marks_change()
    {
        Assert.Equal(AutoAccept.Default, Store.Marks.AcceptsFiles(Bob));
        Assert.True(Store.Marks.Set(Bob, null, null, null, AutoAccept.Off));
        Assert.True(Store.Marks.Set(Bob, pinned: true, null, null));

        _opened.Dispose();
        _opened = new OpenedStore(_temporary.Path);

        Assert.Equal(AutoAccept.Off, Store.Marks.AcceptsFiles(Bob));
        Assert.Equal(new ChatMarks(true, false, false, null) { AcceptFiles = AutoAccept.Off }, Marks());
        Assert.True(Store.Marks.Set(Bob, null, null, null, AutoAccept.Default));
        Assert.Equal(AutoAccept.Default, Marks().AcceptFiles);
    }

    [Fact]
    public void Messages_marked_as_unread_count_until_they_are_read()
    {
        Assert.Equal((0, null), Unread());
        Assert.False(Store.Marks.MarkUnread(Bob, Guid.NewGuid()));
        Assert.False(Store.Marks.MarkUnread(Carol, _ids[2]));
        Assert.True(Store.Marks.MarkUnread(Bob, _ids[2]));
        Assert.Equal((2, _ids[2]), Unread());
        Receive(4);
        Assert.Equal((3, _ids[2]), Unread());

        Assert.True(Store.Marks.MarkRead(Bob, _ids[2]));
        Assert.Equal((2, _ids[3]), Unread());
        _ = _lane.Add(new Change.Read(Epoch, 5), null);
        Assert.Equal((2, _ids[3]), Unread());
        Assert.True(Store.Marks.MarkRead(Bob, upTo: null));
        Assert.Equal((0, null), Unread());
        Assert.False(Store.Marks.MarkRead(Bob, upTo: null));
    }

    [Fact]
    public async Task Unread_mark_moves_when_its_message_is_deleted()
    {
        Assert.True(Store.Marks.Set(Bob, pinned: true, null, null));
        Assert.True(Store.Marks.MarkUnread(Bob, _ids[2]));
        Assert.Equal(1, await Store.DeleteAsync(Bob, _ids[2]));
        Assert.Equal((1, _ids[3]), Unread());
        Assert.Equal(2, await Store.DeleteAsync(Bob, id: null));
        Assert.Equal((0, null), Unread());
        Assert.Equal(new ChatMarks(Pinned: true, Archived: false, Muted: false, null), Marks());
    }

    private ChatMarks Marks()
    {
        _ = Store.AfterFlush();
        return Assert.Single(Store.Marks.All(), one => one.With == Bob).Marks;
    }

    private (int Count, Guid? First) Unread()
    {
        _ = Store.AfterFlush();
        return (Assert.Single(Store.Overview.Read()).Unread, Store.Overview.FirstUnread(Bob));
    }

    private void Receive(params int[] numbers) =>
        _lane.Add(
            new Change.Received(
                Epoch,
                (ulong)numbers[^1] + 1,
                [
                    .. numbers.Select(number => new IncomingMessage(
                        _ids[number],
                        "text",
                        Start,
                        null,
                        Epoch,
                        (ulong)number
                    )),
                ]
            ),
            null
        );
}

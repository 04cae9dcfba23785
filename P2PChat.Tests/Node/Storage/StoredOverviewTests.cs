using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The number of unread messages, across the other side's epochs.</summary>
public sealed class StoredOverviewTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    private readonly TempDirectory _temporary = new();
    private readonly PeerIdentity _identity = PeerIdentity.Create();
    private readonly PeerStore _store;
    private readonly ConversationWriter _lane;

    public StoredOverviewTests()
    {
        using var directory = DataDirectory.Open(_temporary.Path);
        _store = PeerStore.Open(directory, _identity, Username.Parse("alice"), NullLogger<PeerStore>.Instance);
        _lane = new ConversationWriter(
            _store.Writer,
            PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]),
            1000,
            _ => { },
            _ => { }
        );
        _ = _lane.Add(new Change.Accepted(Username.Parse("bob")), null);
    }

    public void Dispose()
    {
        _store.Dispose();
        _identity.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Unread_messages_stay_unread_in_a_new_epoch()
    {
        Take(epoch: 5, from: 1, to: 4);
        _ = _lane.Add(new Change.Read(5, 2), null);
        Take(epoch: 9, from: 1, to: 1);
        Assert.Equal(2, Unread());
        Take(epoch: 12, from: 1, to: 2);
        Assert.Equal(3, Unread());

        _ = _lane.Add(new Change.Read(12, 2), null);
        Assert.Equal(0, Unread());
        Take(epoch: 14, from: 1, to: 2);
        Assert.Equal(1, Unread());
    }

    [Fact]
    public void Former_contact_of_the_same_room_keeps_its_conversation()
    {
        Take(epoch: 5, from: 1, to: 2);

        _ = _lane.Add(new Change.Accepted(Username.Parse("bob")) { IsForRooms = true }, null);

        Assert.Equal(1, Unread());
        Assert.False(Assert.Single(_store.Overview.Read()).Accepted);
    }

    [Fact]
    public void Member_of_the_same_room_has_no_conversation()
    {
        _ = _lane.Add(new Change.Accepted(Username.Parse("bob")) { IsForRooms = true }, null);

        _ = _store.AfterFlush();
        Assert.Empty(_store.Overview.Read());
    }

    private int Unread()
    {
        _ = _store.AfterFlush();
        return Assert.Single(_store.Overview.Read()).Unread;
    }

    private void Take(ulong epoch, ulong from, ulong to)
    {
        var messages = new List<IncomingMessage>();
        for (var sequence = from; sequence < to; sequence++)
        {
            messages.Add(new IncomingMessage(Guid.CreateVersion7(), "text", Start, null, epoch, sequence));
        }

        _ = _lane.Add(new Change.Received(epoch, to, messages), null);
    }
}

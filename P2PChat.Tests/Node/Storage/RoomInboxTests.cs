using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using static P2PChat.Tests.Node.Storage.StoredContents;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Events of rooms that have arrived and are not in their rooms yet.</summary>
public sealed class RoomInboxTests : IDisposable
{
    private static readonly MessageContent Large = new MessageContent.Room(new byte[60_000]);

    private readonly StoredContents _stored = new();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public async Task Waiting_events_of_one_sender_are_bounded()
    {
        for (var bytes = 0; bytes < 2 * RoomTable.MaxWaitingBytes; bytes += 60_000)
        {
            _ = _stored.Receive("An event of a room", Large);
        }

        var waiting = Arrived();
        Assert.InRange(
            waiting.Sum(one => one.Event.Length),
            RoomTable.MaxWaitingBytes - 60_000,
            RoomTable.MaxWaitingBytes
        );

        // Others still have their place.
        var carol = PeerId.FromHash([8, .. new byte[PeerId.Size - 1]]);
        var writer = new ConversationWriter(_stored.Store.Writer, carol, 1, _ => { }, _ => { });
        var message = new IncomingMessage(Guid.CreateVersion7(), "An event of a room", Start, null, 2, 1)
        {
            Content = Large,
        };
        _ = writer.Add(new Change.Received(2, 2, [message]), key: null);
        Assert.Equal(carol, Assert.Single(Arrived(), one => one.From != BobsKey).From);

        var batch = new RoomBatch();
        waiting.ToList().ForEach(batch.Handled);
        await _stored.Store.Rooms.SaveAsync(batch);
        _ = _stored.Receive("An event of a room", Large);
        Assert.Equal([carol, BobsKey], Arrived().Select(one => one.From));
    }

    private IReadOnlyList<ArrivedEvent> Arrived()
    {
        _ = _stored.Store.AfterFlush();
        return _stored.Store.Rooms.Arrived(int.MaxValue);
    }
}

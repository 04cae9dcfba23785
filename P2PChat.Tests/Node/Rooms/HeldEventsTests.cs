using System.Security.Cryptography;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

public sealed class HeldEventsTests
{
    private static readonly PeerId From = RoomKeys.IdOf(1);

    [Fact]
    public void Room_whose_step_failed_gives_way_last()
    {
        var (held, now) = (new HeldEvents(), DateTimeOffset.UnixEpoch);
        var events = Enumerable.Range(0, 5).Select(Event).ToList();
        events[..4].ForEach(one => held.Add(From, one, now));
        Assert.Equal([events[1]], held.Take(events[1].Room, From));

        held.Undo();
        held.Add(From, events[4], now);

        Assert.Empty(held.Take(events[0].Room, From));
        Assert.Equal([events[1]], held.Take(events[1].Room, From));
    }

    private static RoomEvent Event(int room)
    {
        var id = new RoomEventId(SHA256.HashData([(byte)room]));
        var header = RoomForgery.Header(RoomEventKind.Join, id);
        header.Parents.Add(RoomForgery.Bytes(id));
        return RoomEvent.Sign(header, default, RoomKeys.Of(1));
    }
}

using P2PChat.Node.Sessions;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Sessions;

public sealed class RoomQueueTests
{
    [Fact]
    public void Strangers_who_ask_cannot_displace_signals_of_members()
    {
        var queue = new RoomQueue();
        var (stranger, member) = (RoomKeys.IdOf(1), RoomKeys.IdOf(2));
        var asked = 0;
        while (asked < 10_000 && queue.LinkAsked(stranger, default, default))
        {
            asked++;
        }

        queue.Signalled(member, new RoomSignal.Typing(default, Active: true));

        Assert.InRange(asked, 1, 1000);
        Assert.Equal(asked + 1, Drain(queue).Count);
        Assert.True(queue.LinkAsked(stranger, default, default));
    }

    private static List<RoomInput> Drain(RoomQueue queue)
    {
        List<RoomInput> all = [];
        while (queue.TryTake(out var input))
        {
            all.Add(input);
        }

        return all;
    }
}

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

    [Fact]
    public void Links_of_one_peer_that_open_again_and_again_are_one_input()
    {
        var queue = new RoomQueue();
        var (one, other) = (RoomKeys.IdOf(1), RoomKeys.IdOf(2));
        for (var i = 0; i < 100; i++)
        {
            queue.Reachable(one);
            queue.Reachable(other);
        }

        Assert.Equal([new RoomInput.Reachable(one), new RoomInput.Reachable(other)], Drain(queue));
        queue.Reachable(one);
        Assert.Equal([new RoomInput.Reachable(one)], Drain(queue));
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

using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Fills rooms faster than by writing 64 MiB of messages.</summary>
internal static class FullRoom
{
    /// <summary>Counts messages of another member, which are not stored, until the room is full for a peer.</summary>
    public static void Fill(HostedPeer peer, string name)
    {
        var book = peer.Services.GetRequiredService<RoomBook>();
        lock (book.Gate)
        {
            var room = book.Find(peer.Rooms.Find(name).Id)!;
            var (log, text) = (room.Machine.Log, new string('x', RoomLimits.TextBytes - 8));
            var heads = log.Membership.Heads.Select(head => head.Event.Id).ToList();
            for (var i = 0; !RoomQuota.IsFull(book, room); i++)
            {
                room.Sizes.Set(RoomForgery.Message(log, 1, $"{text}{i:D8}", [], heads, null));
            }
        }
    }
}

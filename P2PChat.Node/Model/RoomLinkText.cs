using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Model;

/// <summary>Explains why a link to a room has not led to an invitation.</summary>
public static class RoomLinkText
{
    /// <param name="by">Who has made the link.</param>
    public static string Of(string by, RoomInviteRefusal reason) =>
        reason switch
        {
            RoomInviteRefusal.Used => $"{by}'s link to a room has no uses left. Ask {by} for a new link.",
            RoomInviteRefusal.Revoked => $"{by}'s link to a room was revoked. Ask {by} for a new link.",
            RoomInviteRefusal.Expired => $"{by}'s link to a room has expired. Ask {by} for a new link.",
            RoomInviteRefusal.RoomFull =>
                $"The room to which {by}'s link leads is full. Ask {by} to tell you when somebody has left.",
            RoomInviteRefusal.NotAllowed =>
                $"{by} can no longer invite to the room. Ask another member of the room for a link.",
            RoomInviteRefusal.Removed =>
                $"You were removed from the room, so {by}'s link does not work. Ask {by} to invite you by name.",
            _ => $"{by}'s peer does not know the link to a room. Ask {by} for a new link.",
        };
}

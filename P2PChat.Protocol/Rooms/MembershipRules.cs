namespace P2PChat.Protocol.Rooms;

/// <summary>Whether an event is allowed, judged by its own past alone, so that the answer never changes.</summary>
internal static class MembershipRules
{
    /// <param name="past">The room after all events in the event's past.</param>
    /// <param name="grounds">The events that give its author the right to it.</param>
    /// <returns>Null if it is allowed.</returns>
    public static RoomRefusal? Check(RoomEvent roomEvent, RoomState past, out IReadOnlyList<MembershipNode> grounds)
    {
        grounds = [];
        if (roomEvent.Kind == RoomEventKind.Create)
        {
            return null;
        }

        if (past.Members.GetValueOrDefault(roomEvent.Author) is not { } author)
        {
            return RoomRefusal.NotAMember;
        }

        var isForAnyone = roomEvent.Kind is RoomEventKind.Join or RoomEventKind.Leave;
        grounds = isForAnyone ? [author.Entry] : author.Grounds;
        if (!author.HasJoined && !isForAnyone)
        {
            return RoomRefusal.NotAMember;
        }

        return IsAllowed(roomEvent, author, past) ? null : RoomRefusal.NotAllowed;
    }

    private static bool IsAllowed(RoomEvent roomEvent, RoomMember author, RoomState past)
    {
        var rank = author.Role;
        return roomEvent.Kind switch
        {
            RoomEventKind.Join => !author.HasJoined,
            RoomEventKind.Leave => rank < RoomRole.Owner,
            RoomEventKind.Invite => rank >= RoomRole.Moderator
                && !past.Members.ContainsKey(roomEvent.Subject)
                && past.Members.Count < RoomLimits.Members,
            RoomEventKind.Remove => past.Members.GetValueOrDefault(roomEvent.Subject) is { } subject
                && rank >= RoomRole.Moderator
                && rank > subject.Role,
            // Nobody gives a role as high as their own, except the owner, who hands over. So only the owner gives
            // roles.
            RoomEventKind.Role => rank == RoomRole.Owner
                && roomEvent.Subject != author.Id
                && past.IsMember(roomEvent.Subject),
            // A rename, a picture, and kinds of later versions.
            _ => rank >= RoomRole.Moderator,
        };
    }
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Membership events that were taken beyond other limits because a member needs them. A member has at most as many of
/// one author as it takes from that author itself, so none of an honest member is refused.
/// </summary>
internal sealed class NeededEvents
{
    private readonly Dictionary<(PeerId By, PeerId Account), Used> _used = [];

    private sealed class Used
    {
        public int Events { get; set; }
        public int Entries { get; set; }
        public long LargeBodies { get; set; }
    }

    /// <param name="by">Who needs the event.</param>
    /// <param name="account">For whom it counts.</param>
    /// <returns>False if there were too many.</returns>
    public bool Charge(PeerId by, PeerId account, RoomEvent roomEvent)
    {
        if (!_used.TryGetValue((by, account), out var used))
        {
            _used[(by, account)] = used = new Used();
        }

        var large = roomEvent.LargeBody;
        var isEntry = roomEvent.Kind is RoomEventKind.Join or RoomEventKind.Leave;
        if (
            large > 0 && used.LargeBodies + large > 2 * RoomLimits.LargeBodies
            || (isEntry ? used.Entries >= RoomLimits.RepeatedEntries : used.Events >= 2 * RoomLimits.MembershipEvents)
        )
        {
            return false;
        }

        used.LargeBodies += large;
        used.Entries += isEntry ? 1 : 0;
        used.Events += isEntry ? 0 : 1;
        return true;
    }
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Limits of what authors send themselves: forks, and messages after their removal. They depend on the order of
/// arrival, so they do not apply to what another member passes on. That way all members get what one of them has.
/// </summary>
internal sealed class DirectLimits(RoomLog log)
{
    private readonly Dictionary<(PeerId, bool, RoomEventId?), RoomEventId> _successors = [];
    private readonly Dictionary<(PeerId, bool), int> _forks = [];
    private readonly Dictionary<PeerId, List<MessageNode>> _afterRemoval = [];

    /// <summary>An event with the same author, class and predecessor; null if this is the first.</summary>
    public RoomEventId? ForkOf(RoomEvent roomEvent) =>
        _successors.TryGetValue(KeyOf(roomEvent), out var other) ? other : null;

    public bool Allow(RoomEvent roomEvent, bool isFork) =>
        !(isFork && HasTooManyForks(roomEvent) || IsUseless(roomEvent)) || IsNeededByOthers(roomEvent);

    public void Placed(RoomEvent roomEvent, bool isDirect, bool isFork)
    {
        if (!isFork)
        {
            _successors.Add(KeyOf(roomEvent), roomEvent.Id);
        }
        else if (isDirect)
        {
            var key = (roomEvent.Author, roomEvent.IsMembership);
            _forks[key] = _forks.GetValueOrDefault(key) + 1;
        }

        if (
            isDirect
            && log.Messages.Find(roomEvent.Id) is { } message
            && log.Removals.StatusOf(message) == MessageStatus.AfterRemoval
        )
        {
            if (!_afterRemoval.TryGetValue(roomEvent.Author, out var kept))
            {
                _afterRemoval[roomEvent.Author] = kept = [];
            }

            kept.Add(message);
        }
    }

    private bool HasTooManyForks(RoomEvent roomEvent) =>
        _forks.GetValueOrDefault((roomEvent.Author, roomEvent.IsMembership))
        >= (roomEvent.IsMembership ? RoomLimits.MembershipForks : RoomLimits.Forks);

    // One more message of a removed member who goes on. Those that turned out to count are not limited.
    private bool IsUseless(RoomEvent message)
    {
        if (
            message.IsMembership
            || !_afterRemoval.TryGetValue(message.Author, out var kept)
            || kept.Count < RoomLimits.AfterRemoval
            || log.State.IsMember(message.Author)
        )
        {
            return false;
        }

        _ = kept.RemoveAll(node => log.Removals.StatusOf(node) == MessageStatus.Counts);
        return kept.Count >= RoomLimits.AfterRemoval;
    }

    private bool IsNeededByOthers(RoomEvent roomEvent) =>
        log.Pending.IsNeededByOthers(roomEvent)
        || log.Messages.ChildrenOf(roomEvent.Id).Any(child => child.Event.Author != roomEvent.Author);

    private static (PeerId, bool, RoomEventId?) KeyOf(RoomEvent roomEvent) =>
        (roomEvent.Author, roomEvent.IsMembership, roomEvent.Previous);
}

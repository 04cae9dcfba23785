using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Limits that depend on the order of arrival: forks, and messages after their author's removal. What another author's
/// event names is taken nevertheless, so that members get what others have built on. Otherwise members could disagree.
/// </summary>
internal sealed class DirectLimits(RoomLog log)
{
    private const int MaxFollowed = 1000;

    private readonly Dictionary<ForkKey, RoomEventId> _successors = [];
    private readonly Dictionary<(PeerId Author, bool IsMembership, bool IsDirect), int> _forks = [];
    private readonly NeededEvents _needed = new();
    private readonly Dictionary<PeerId, List<MessageNode>> _afterRemoval = [];

    /// <param name="Entry">Of an author's first message: the join after which it comes.</param>
    private readonly record struct ForkKey(
        PeerId Author,
        bool IsMembership,
        RoomEventId? Previous,
        MembershipNode? Entry
    );

    /// <summary>An event with the same author, class and predecessor; null if this is the first.</summary>
    public RoomEventId? ForkOf(RoomEvent roomEvent) =>
        _successors.TryGetValue(KeyOf(roomEvent), out var other) ? other : null;

    /// <param name="isDirect">Whether the author has sent it. Others are not to blame for what they pass on.</param>
    /// <param name="isNeeded">See <see cref="IsNeededByOthers"/>.</param>
    public bool Allow(RoomEvent roomEvent, bool isDirect, bool isFork, Func<bool> isNeeded) =>
        !(isFork && HasTooManyForks(roomEvent, isDirect) || isDirect && IsUseless(roomEvent)) || isNeeded();

    /// <returns>Whether this is the author's first fork.</returns>
    public bool Placed(RoomEvent roomEvent, bool isDirect, bool isFork)
    {
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

        if (!isFork)
        {
            _successors.Add(KeyOf(roomEvent), roomEvent.Id);
            return false;
        }

        var key = (roomEvent.Author, roomEvent.IsMembership, isDirect);
        _forks[key] = _forks.GetValueOrDefault(key) + 1;
        return _forks[key] + _forks.GetValueOrDefault((roomEvent.Author, roomEvent.IsMembership, !isDirect)) == 1;
    }

    /// <summary>
    /// Whether an event of another author names this one, or one of the same author that builds on it. A member who
    /// passes on a membership event needs it, too: the end of a long chain, which others name, arrives after its
    /// beginning. Each other author can bring a bounded number of useless ones.
    /// </summary>
    /// <param name="account">For whom it counts.</param>
    /// <param name="from">The peer that has sent it.</param>
    public bool IsNeededByOthers(RoomEvent roomEvent, PeerId account, PeerId from) =>
        roomEvent.IsMembership
            // Anybody can make any number of keys, so those that have never entered share one limit.
            ? NamersOf(roomEvent)
                .Select(by => log.Membership.LastEntryOf(by) is null ? default : by)
                .Concat(SenderOf(roomEvent, from))
                .Any(by => _needed.Charge(by, account, roomEvent))
            : NamersOf(roomEvent).Any();

    // The chain of joins and leaves is short: every second one needs an invite. So a sender brings no more of them.
    private IEnumerable<PeerId> SenderOf(RoomEvent roomEvent, PeerId from) =>
        from != roomEvent.Author
        && roomEvent.Kind is not (RoomEventKind.Join or RoomEventKind.Leave)
        && log.Membership.Latest.IsMember(from)
            ? [from]
            : [];

    // Honest members name the last event of a chain only, so the chain is followed through events of the same author.
    private IEnumerable<PeerId> NamersOf(RoomEvent roomEvent)
    {
        HashSet<RoomEventId> seen = [roomEvent.Id];
        var rest = new Queue<RoomEventId>(seen);
        while (rest.TryDequeue(out var id) && seen.Count <= MaxFollowed)
        {
            foreach (
                var namer in log.Pending.WaitingFor(id).Concat(log.Messages.ChildrenOf(id).Select(child => child.Event))
            )
            {
                if (namer.Author != roomEvent.Author)
                {
                    yield return namer.Author;
                }
                else if (seen.Add(namer.Id))
                {
                    rest.Enqueue(namer.Id);
                }
            }
        }
    }

    private bool HasTooManyForks(RoomEvent roomEvent, bool isDirect)
    {
        var count = _forks.GetValueOrDefault((roomEvent.Author, roomEvent.IsMembership, isDirect));
        return (roomEvent.IsMembership, isDirect) switch
        {
            // Joins and leaves have a limit of their own, which is the same for whoever sends them.
            (true, _) when roomEvent.Kind is RoomEventKind.Join or RoomEventKind.Leave => false,
            (true, true) => count >= RoomLimits.MembershipForks,
            (true, false) => count >= RoomLimits.ForksOfOthers,
            (false, true) => count >= RoomLimits.Forks,
            (false, false) => false,
        };
    }

    // One more message of a removed member who goes on. Those that turned out to count are not limited.
    private bool IsUseless(RoomEvent message)
    {
        if (
            message.IsMembership
            || !_afterRemoval.TryGetValue(message.Author, out var kept)
            || kept.Count < RoomLimits.AfterRemoval
            || log.State.IsMember(message.Author)
            || log.Removals.IsWanted(message.Id)
        )
        {
            return false;
        }

        _ = kept.RemoveAll(node => log.Removals.StatusOf(node) == MessageStatus.Counts);
        return kept.Count >= RoomLimits.AfterRemoval;
    }

    // A member that comes back without the messages of an earlier stay starts again, and is not a liar.
    private ForkKey KeyOf(RoomEvent roomEvent) =>
        new(
            roomEvent.Author,
            roomEvent.IsMembership,
            roomEvent.Previous,
            roomEvent is { IsMembership: false, Previous: null } ? log.Messages.EntryOf(roomEvent) : null
        );
}

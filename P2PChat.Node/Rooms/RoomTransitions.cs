using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>A change of a room that the user is told of.</summary>
/// <param name="By">Whose event it follows from; null if unknown.</param>
internal sealed record RoomTransition(RoomChangeKind Kind, PeerId Who, PeerId? By, RoomRole Role = RoomRole.None);

/// <summary>
/// Finds what has changed about a room and its members since the user was last told. Guarded by
/// <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomTransitions(PeerId self, RoomMachine machine)
{
    // More at once come from a member that was away for long, or from a flood.
    private const int Most = 16;

    private readonly List<RoomEvent> _recent = [];
    private RoomState _state = machine.State;

    /// <summary>A membership event was taken in.</summary>
    public void Note(RoomEvent membership) => _recent.Add(membership);

    public IReadOnlyList<RoomTransition> Take()
    {
        var (before, after) = (_state, machine.State);
        var changes = Between(before, after).Take(Most).ToList();
        _state = after;
        _recent.Clear();
        return changes;
    }

    private IEnumerable<RoomTransition> Between(RoomState before, RoomState after)
    {
        var own = Of(before, after, self);
        // Before the join and after the end, only what becomes of this peer is of interest.
        if (!before.IsMember(self) || !after.IsMember(self))
        {
            return own is null ? [] : [own];
        }

        return before
            .Members.Keys.Union(after.Members.Keys)
            .Select(member => Of(before, after, member))
            .OfType<RoomTransition>()
            .Concat(OfLook(RoomChangeKind.Renamed, before.Name, after.Name))
            .Concat(OfLook(RoomChangeKind.Picture, before.Picture, after.Picture));
    }

    private RoomTransition? Of(RoomState before, RoomState after, PeerId who)
    {
        var (was, now) = (before.Members.GetValueOrDefault(who), after.Members.GetValueOrDefault(who));
        return (was, now) switch
        {
            (null, null) => null,
            (null, { HasJoined: false }) => new RoomTransition(RoomChangeKind.Invited, who, now.Inviter),
            (null or { HasJoined: false }, { HasJoined: true }) => new RoomTransition(RoomChangeKind.Joined, who, who),
            ({ HasJoined: false }, null) => new RoomTransition(RoomChangeKind.Withdrawn, who, Remover(who)),
            (_, null) => Remover(who) is { } by && by != who
                ? new RoomTransition(RoomChangeKind.Removed, who, by)
                : new RoomTransition(RoomChangeKind.Left, who, who),
            _ when was!.Role != now!.Role => new RoomTransition(RoomChangeKind.Role, who, GiverOf(who), now.Role),
            _ => null,
        };
    }

    private IEnumerable<RoomTransition> OfLook(RoomChangeKind kind, RoomEventId? before, RoomEventId? after) =>
        before != after && after is { } id && machine.Log.Find(id)?.Author is { } author
            ? [new RoomTransition(kind, author, author)]
            : [];

    // Recent events are not enough: what arrived just now can make an earlier removal count.
    private PeerId? Remover(PeerId who) =>
        machine.Log.RemoverOf(who) ?? Last(one => one.Kind == RoomEventKind.Leave && one.Author == who);

    private PeerId? GiverOf(PeerId who) =>
        Last(one => one.Kind == RoomEventKind.Role && (one.Subject == who || one.Author == who));

    private PeerId? Last(Predicate<RoomEvent> isMeant) => _recent.FindLast(isMeant)?.Author;
}

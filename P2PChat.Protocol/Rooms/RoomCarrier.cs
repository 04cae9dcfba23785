using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>What goes to which member of a room. Who has seen a removal sends the removed peer nothing more.</summary>
internal sealed class RoomCarrier(PeerId self, RoomLog log)
{
    private const int MaxAnswers = 4 * RoomLimits.Asked;

    /// <summary>How many messages from before the join a newcomer gets.</summary>
    private int History =>
        log.Membership.Ordered is [{ Event.Body: { } body }, ..]
        && Protobuf.TryParse(RoomBody.Parser, RoomBody.Descriptor, new(body)) is { } settings
            ? (int)Math.Min(settings.History, RoomLimits.History)
            : 0;

    /// <summary>The other members, whose events are asked of each other.</summary>
    public IReadOnlyList<PeerId> Members =>
        [
            .. log
                .State.Members.Values.Where(member => member.HasJoined && member.Id != self)
                .Select(member => member.Id),
        ];

    /// <summary>What this peer has, for a question. Bounded.</summary>
    public IReadOnlyList<RoomEventId> Heads =>
        [
            .. log.Membership.Heads.Select(head => head.Event.Id).Take(RoomLimits.Asked),
            .. log.Messages.Heads.Take(RoomLimits.Asked),
        ];

    /// <summary>
    /// Who gets an own event. A removed member gets the removal, and invited peers the membership events.
    /// </summary>
    public IEnumerable<PeerId> RecipientsOf(RoomEvent roomEvent)
    {
        if (!roomEvent.IsMembership)
        {
            return log.State.IsMember(self) ? Members : [];
        }

        var members = log.State.Members.Keys.ToHashSet();
        // Who has left tells the members all the same.
        if (roomEvent.Kind == RoomEventKind.Remove)
        {
            _ = members.Add(roomEvent.Subject);
        }

        _ = members.Remove(self);
        return members;
    }

    /// <summary>What a peer needs that this one has invited, or that has joined by this one's invite.</summary>
    /// <param name="entry">The invite or join.</param>
    public IEnumerable<RoomEvent> WelcomeFor(PeerId newcomer, RoomEventId entry)
    {
        var node = log.Membership.Find(entry)!;
        var isInvite = node.Event.Kind == RoomEventKind.Invite;
        var membership = log
            .Membership.Ordered.Where(other => other != node && (isInvite || !node.Ancestors.Contains(other)))
            .Select(other => other.Event);
        return isInvite
            ? membership
            : membership.Concat(log.Messages.Ordered.Where(VisibleTo(newcomer)).Select(message => message.Event));
    }

    /// <summary>The events that nobody follows yet, of those that the member may have.</summary>
    public IReadOnlyList<RoomEventId> HeadsFor(PeerId member) =>
        [
            .. log.Membership.Heads.Select(head => head.Event.Id).Take(RoomLimits.Asked),
            .. log
                .Messages.Heads.Select(id => log.Messages.Find(id)!)
                .Where(VisibleTo(member))
                .OrderByDescending(node => node.Lamport)
                .ThenBy(node => node.Event.Id)
                .Take(RoomLimits.Asked)
                .Select(node => node.Event.Id),
        ];

    /// <summary>
    /// The events that a member has asked for, and those before them that it lacks, in their order. The oldest go
    /// first, so that the member can place each when it arrives.
    /// </summary>
    public RoomAnswer Answer(PeerId member, IReadOnlyList<RoomEventId> ids, IReadOnlyList<RoomEventId> known)
    {
        var isVisible = VisibleTo(member);
        var asked = ids.Take(RoomLimits.Asked).ToLookup(MayHave);
        var skipped = Closure(known.Take(4 * RoomLimits.Asked), _ => true);
        skipped.ExceptWith(asked[true]);
        var events = Closure(asked[true], id => !skipped.Contains(id) && MayHave(id))
            .Select(id => log.Find(id)!)
            .OrderBy(found => found.IsMembership ? 0 : 1)
            .ThenBy(LamportOf)
            .ThenBy(found => found.Id)
            .ToList();
        return new RoomAnswer(
            [.. events.Take(MaxAnswers)],
            [.. asked[false].Distinct()],
            HasMore: events.Count > MaxAnswers
        );

        bool MayHave(RoomEventId id) =>
            log.Membership.Find(id) is not null
                ? log.State.Members.ContainsKey(member)
                : log.Messages.Find(id) is { } message && isVisible(message);
    }

    // The events and what precedes them, as far as both are known and wanted.
    private HashSet<RoomEventId> Closure(IEnumerable<RoomEventId> ids, Predicate<RoomEventId> isWanted)
    {
        HashSet<RoomEventId> closure = [];
        var rest = new Stack<RoomEventId>(ids);
        while (rest.TryPop(out var id))
        {
            if (log.Find(id) is { } found && isWanted(id) && closure.Add(id))
            {
                foreach (var reference in found.References)
                {
                    rest.Push(reference);
                }
            }
        }

        return closure;
    }

    private int LamportOf(RoomEvent roomEvent) =>
        log.Membership.Find(roomEvent.Id)?.Lamport ?? log.Messages.Find(roomEvent.Id)!.Lamport;

    // Messages whose author knew of the member's join, and the last ones from before it.
    private Func<MessageNode, bool> VisibleTo(PeerId member)
    {
        if (log.State.Members.GetValueOrDefault(member) is not { HasJoined: true, Entry: var entry })
        {
            return _ => false;
        }

        HashSet<MessageNode> history = History is > 0 and var count
            ? [.. log.Messages.Ordered.Reverse().Where(message => !message.Knows(entry)).Take(count)]
            : [];
        return message => message.Knows(entry) || history.Contains(message);
    }
}

/// <summary>The answer to a question for events.</summary>
/// <param name="Unavailable">What the member cannot have from this peer.</param>
/// <param name="HasMore">Whether the member has to ask again for the rest.</param>
internal sealed record RoomAnswer(
    IReadOnlyList<RoomEvent> Events,
    IReadOnlyList<RoomEventId> Unavailable,
    bool HasMore
);

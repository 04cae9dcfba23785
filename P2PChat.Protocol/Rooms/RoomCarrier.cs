using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// What goes to which member of a room. A member that has seen a removal sends the removed peer nothing more.
/// </summary>
internal sealed class RoomCarrier(PeerId self, RoomLog log)
{
    private const int MaxAnswers = 1024;
    private const int MaxAnswerBytes = 256 * 1024;
    private const int MaxKnown = 64;
    private const int MaxVisited = 4096;

    // For each member and class. Grows with each use, so that those with very many heads name others each time.
    private readonly Dictionary<(PeerId Member, bool IsMembership), int> _turns = [];

    // Apart, so that the questions of members do not stop those to them.
    private readonly SearchBudget _answers = new();
    private readonly SearchBudget _questions = new();

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

    /// <summary>Time has passed.</summary>
    public void Advance(DateTimeOffset now)
    {
        _answers.Advance(now);
        _questions.Advance(now);
    }

    /// <summary>What this peer has with all that precedes it, for a question. Bounded.</summary>
    /// <param name="asked">What the question asks for.</param>
    /// <returns>Null if there were too many such searches for the member.</returns>
    public IReadOnlyList<RoomEventId>? KnownFor(PeerId member, IReadOnlyList<RoomEventId> asked)
    {
        if (!_questions.HasLeft(member))
        {
            return null;
        }

        var messages = log.Past.HeadsFor(asked, out var visited);
        _questions.Spend(member, visited + log.Membership.Heads.Count);
        return
        [
            .. log
                .Membership.Heads.OrderByDescending(head => head.Lamport)
                .Take(MaxKnown)
                .Select(head => head.Event.Id),
            .. messages.OrderByDescending(node => node.Lamport).Take(MaxKnown).Select(node => node.Event.Id),
        ];
    }

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
        // A leaving member still sends its leave to the others.
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
            : membership.Concat(
                log.Messages.Ordered.Where(VisibleTo(newcomer).Contains).Select(message => message.Event)
            );
    }

    /// <summary>
    /// The events that no other event names, of those that the member may have. Half of them of each class.
    /// </summary>
    public IReadOnlyList<RoomEventId> HeadsFor(PeerId member)
    {
        // Those from before its join are searched for. It has seen them if it asks so much.
        var visible = VisibleTo(member, _answers.HasLeft(member) ? History : 0);
        var membership = Turned((member, true), [.. log.Membership.Heads.OrderBy(head => head.Index)])
            .Select(head => head.Event.Id);
        var messages = CountingHeads()
            .Where(visible.Contains)
            .OrderByDescending(node => node.Lamport)
            .ThenBy(node => node.Event.Id);
        var named = Turned((member, false), [.. messages]);
        _answers.Spend(member, visible.Visited);
        return [.. membership, .. named.Select(node => node.Event.Id)];
    }

    /// <summary>
    /// The events that a member has asked for, and those before them that it lacks, in their order. The oldest go
    /// first, so that the member can place each when it arrives.
    /// </summary>
    /// <returns>Null if there were too many such searches for the member.</returns>
    public RoomAnswer? Answer(PeerId member, IReadOnlyList<RoomEventId> ids, IReadOnlyList<RoomEventId> known)
    {
        if (!_answers.HasLeft(member))
        {
            return null;
        }

        var visible = VisibleTo(member);
        var asked = ids.Take(RoomLimits.Asked).Distinct().ToLookup(MayHave);
        var search = new RoomDifference(log, MayHave);
        var events = search.Find([.. asked[true]], known.Take(2 * MaxKnown));
        _answers.Spend(member, search.Visited + visible.Visited);
        var (count, bytes) = (0, 0L);
        while (count < events.Count && count < MaxAnswers)
        {
            bytes += events[count].Size;
            if (count > 0 && bytes > MaxAnswerBytes)
            {
                break;
            }

            count++;
        }

        var rest = events.Skip(count).Select(left => left.Id).ToHashSet();
        return new RoomAnswer([.. events.Take(count)], [.. asked[false]], [.. asked[true].Where(rest.Contains)]);

        bool MayHave(RoomEventId id) =>
            log.Membership.Find(id) is not null
                ? log.State.Members.ContainsKey(member)
                : log.Messages.Find(id) is { } message && visible.Contains(message);
    }

    /// <summary>The effect without texts that were deleted after it was asked for.</summary>
    public RoomEffect WithoutDeleted(RoomEffect effect) =>
        effect switch
        {
            RoomEffect.Send send when IsDeleted(send.Event) => send with { Event = send.Event.WithoutBody() },
            RoomEffect.Answer answer when answer.Events.Any(IsDeleted) => answer with
            {
                Events = [.. answer.Events.Select(one => IsDeleted(one) ? one.WithoutBody() : one)],
            },
            _ => effect,
        };

    private bool IsDeleted(RoomEvent sent) =>
        sent is { Body: not null, IsMembership: false }
        && log.Find(sent.Id) is { Body: null }
        && !log.IsOnlyForgotten(sent.Id);

    // A message that does not count is of use only to those who have what names it, and they ask for it. What
    // precedes it is named instead.
    private HashSet<MessageNode> CountingHeads()
    {
        HashSet<MessageNode> counting = [];
        HashSet<RoomEventId> visited = [];
        var rest = new Stack<RoomEventId>(log.Messages.Heads);
        while (visited.Count < MaxVisited && rest.TryPop(out var id))
        {
            if (log.Messages.Find(id) is not { } node || !visited.Add(id))
            {
                continue;
            }

            if (log.Removals.StatusOf(node) == MessageStatus.Counts)
            {
                _ = counting.Add(node);
                continue;
            }

            foreach (var reference in MessageLog.MessageReferences(node.Event))
            {
                rest.Push(reference);
            }
        }

        return counting;
    }

    private IReadOnlyList<T> Turned<T>((PeerId, bool) key, IReadOnlyList<T> all)
    {
        const int Count = RoomLimits.Asked / 2;
        if (all.Count <= Count)
        {
            return all;
        }

        var first = _turns.GetValueOrDefault(key);
        _turns[key] = (first + Count) % all.Count;
        return [.. Enumerable.Range(first, Count).Select(index => all[index % all.Count])];
    }

    private VisibleMessages VisibleTo(PeerId member) => VisibleTo(member, History);

    private VisibleMessages VisibleTo(PeerId member, int history) =>
        new(
            log.Messages,
            log.State.Members.GetValueOrDefault(member) is { HasJoined: true, Entry: var entry } ? entry : null,
            history
        );
}

/// <summary>The answer to a question for events.</summary>
/// <param name="Unavailable">What the member cannot have from this peer.</param>
/// <param name="Rest">What it has asked for and does not get with this answer, because more precedes it.</param>
internal sealed record RoomAnswer(
    IReadOnlyList<RoomEvent> Events,
    IReadOnlyList<RoomEventId> Unavailable,
    IReadOnlyList<RoomEventId> Rest
);

using System.Collections.Immutable;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Decides which events of a set count when some of them do not know of each other (docs/protocol.md, section 25.5).
/// The result depends on the set alone.
/// </summary>
internal sealed class MembershipResolver
{
    private readonly IReadOnlyList<MembershipNode> _nodes;
    private readonly Dictionary<MembershipNode, bool> _verdicts = [];
    private readonly ILookup<PeerId, MembershipNode> _removals;
    private readonly ILookup<PeerId, MembershipNode> _demotions;
    private readonly ILookup<PeerId, MembershipNode> _leaves;

    // Events of moderators and owners that count if each leave voids all that its author did concurrently.
    private readonly IReadOnlyList<MembershipNode> _witnesses;

    private MembershipResolver(IReadOnlyList<MembershipNode> nodes, IReadOnlyList<MembershipNode> witnesses)
    {
        (_nodes, _witnesses) = (nodes, witnesses);
        _removals = nodes.Where(node => node.Event.Kind == RoomEventKind.Remove).ToLookup(node => node.Event.Subject);
        _demotions = nodes
            .Where(node => node.Event is { Kind: RoomEventKind.Role, Role: RoomRole.Member })
            .ToLookup(node => node.Event.Subject);
        _leaves = nodes.Where(node => node.Event.Kind == RoomEventKind.Leave).ToLookup(node => node.Event.Author);
    }

    /// <param name="nodes">The events, with the past of each, in their order.</param>
    public static Resolution Resolve(IReadOnlyList<MembershipNode> nodes)
    {
        var counting = Judge(nodes, witnesses: []);
        var leaves = nodes.Where(node => node.Event.Kind == RoomEventKind.Leave).ToLookup(node => node.Event.Author);
        if (nodes.Any(node => node.NeedsRank && leaves[node.Event.Author].Any(leave => AreConcurrent(leave, node))))
        {
            counting = Judge(nodes, [.. counting.Where(node => node.NeedsRank)]);
        }

        return Apply(counting);
    }

    private static List<MembershipNode> Judge(
        IReadOnlyList<MembershipNode> nodes,
        IReadOnlyList<MembershipNode> witnesses
    )
    {
        var resolver = new MembershipResolver(nodes, witnesses);
        resolver.JudgeHandOvers();
        resolver.JudgeOthers();
        return [.. nodes.Where(node => resolver._verdicts[node])];
    }

    // A join whose invite is gone by then does not count, nor does anything that has it as its ground.
    private static Resolution Apply(IEnumerable<MembershipNode> nodes)
    {
        var (state, counting) = (RoomState.Empty, ImmutableHashSet.CreateBuilder<MembershipNode>());
        foreach (var node in nodes.Where(node => IsHandOver(node) || node.Grounds.All(counting.Contains)))
        {
            state = state.Apply(node);
            if (node.Event.Kind != RoomEventKind.Join || state.IsMember(node.Event.Author))
            {
                _ = counting.Add(node);
            }
        }

        return new Resolution(state, counting.ToImmutable());
    }

    // Each owner hands over once. Nothing else that the owner did without knowing of it counts.
    private void JudgeHandOvers()
    {
        if (_nodes.Count == 0)
        {
            return;
        }

        List<MembershipNode> handOvers = [.. _nodes.Where(IsHandOver)];
        var last = _nodes[0];
        _verdicts[last] = true;
        while (Choose(handOvers, last) is { } next)
        {
            _verdicts[next] = true;
            RejectConcurrent(next);
            last = next;
        }

        handOvers.ForEach(other => _verdicts.TryAdd(other, false));
    }

    // A forked owner can make an earlier one at any time, so the one on which most members have built comes first.
    private MembershipNode? Choose(List<MembershipNode> handOvers, MembershipNode last)
    {
        var possible = handOvers.Where(node => node.HandOver == last && !IsDeclined(node)).ToList();
        return possible.Count > 1
            ? possible.MaxBy(node => Followers(node).Distinct().Count())
            : possible.FirstOrDefault();
    }

    // The members at that time, without the former owner, who have made an event in whose past the hand-over counts. So
    // an event that knows of rival ones strengthens the one that counts, and nobody follows two.
    private IEnumerable<PeerId> Followers(MembershipNode handOver, MembershipNode? unaware = null) =>
        _nodes
            .Where(node => node.Follows(handOver) && (unaware is null || !node.Ancestors.Contains(unaware)))
            .Select(node => node.Event.Author)
            .Where(author => author != handOver.Event.Author && handOver.After.IsMember(author));

    // The new owner has left without knowing of it, and no other member has built on it before hearing of that.
    private bool IsDeclined(MembershipNode handOver) =>
        LeavesOf(handOver).Any(leave => Followers(handOver, leave).All(author => author == handOver.Event.Subject));

    private IEnumerable<MembershipNode> LeavesOf(MembershipNode handOver) =>
        _nodes.Where(node =>
            node.Event.Kind == RoomEventKind.Leave
            && node.Event.Author == handOver.Event.Subject
            && AreConcurrent(node, handOver)
        );

    private void RejectConcurrent(MembershipNode handOver)
    {
        foreach (var node in _nodes.Where(node => AreConcurrent(node, handOver)))
        {
            var isOtherBranch = node.Event.Author == handOver.Event.Author;
            var removesNewOwner =
                node.Event.Kind == RoomEventKind.Remove && node.Event.Subject == handOver.Event.Subject;
            if (isOtherBranch || removesNewOwner)
            {
                _ = _verdicts.TryAdd(node, false);
            }
        }

        foreach (var leave in LeavesOf(handOver))
        {
            _ = _verdicts.TryAdd(leave, false);
        }
    }

    private void JudgeOthers()
    {
        List<MembershipNode> undecided = [.. _nodes.Where(node => !_verdicts.ContainsKey(node))];
        while (undecided.Count > 0)
        {
            var before = undecided.Count;
            undecided.RemoveAll(IsDecided);
            if (undecided.Count == before)
            {
                var first = FirstOfCycle(undecided);
                _verdicts[first] = true;
                _ = undecided.Remove(first);
            }
        }
    }

    // Removals that would void each other in a cycle: the first in order counts. The cycle waits for nothing else.
    private MembershipNode FirstOfCycle(List<MembershipNode> undecided) =>
        undecided
            .Where(node => node.Event.Kind == RoomEventKind.Remove)
            .Select(node => (Node: node, Needs: NeededBy(node)))
            .Where(one => one.Needs.Contains(one.Node))
            .OrderBy(one => one.Needs.Count)
            .FirstOrDefault()
            .Node
        ?? undecided[0];

    // What is undecided and decides about the event, directly or through others.
    private HashSet<MembershipNode> NeededBy(MembershipNode node)
    {
        HashSet<MembershipNode> needed = [];
        var rest = new Stack<MembershipNode>([node]);
        while (rest.TryPop(out var next))
        {
            foreach (var other in next.Grounds.Concat(Attackers(next)))
            {
                if (!_verdicts.ContainsKey(other) && needed.Add(other))
                {
                    rest.Push(other);
                }
            }
        }

        return needed;
    }

    private bool IsDecided(MembershipNode node)
    {
        var attackers = Attackers(node).ToList();
        if (node.Grounds.Any(ground => IsJudged(ground, false)) || attackers.Exists(remove => IsJudged(remove, true)))
        {
            _verdicts[node] = false;
            return true;
        }

        if (
            node.Grounds.All(ground => IsJudged(ground, true))
            && attackers.TrueForAll(remove => IsJudged(remove, false))
        )
        {
            _verdicts[node] = true;
            return true;
        }

        return false;
    }

    // What it does not know of: removals of its author, or of the peer that it invites or promotes, and the demotion or
    // leave of an author who needs the rank.
    private IEnumerable<MembershipNode> Attackers(MembershipNode node)
    {
        var attackers = _removals[node.Event.Author];
        if (node.Event.Kind == RoomEventKind.Invite || node.Event.Role >= RoomRole.Moderator)
        {
            attackers = attackers.Concat(_removals[node.Event.Subject]);
        }

        if (node.NeedsRank)
        {
            attackers = attackers.Concat(_demotions[node.Event.Author]);
            attackers = attackers.Concat(_leaves[node.Event.Author].Where(leave => !IsBuiltOn(node, leave)));
        }

        return attackers.Where(other => AreConcurrent(other, node));
    }

    // Otherwise a late leave that names old events could undo all that its author has done.
    private bool IsBuiltOn(MembershipNode node, MembershipNode leave) =>
        _witnesses.Any(other =>
            other.Event.Author != node.Event.Author
            && other.Ancestors.Contains(node)
            && !other.Ancestors.Contains(leave)
        );

    private static bool AreConcurrent(MembershipNode one, MembershipNode other) =>
        MembershipNode.AreConcurrent(one, other);

    private static bool IsHandOver(MembershipNode node) =>
        node.Event is { Kind: RoomEventKind.Role, Role: RoomRole.Owner };

    private bool IsJudged(MembershipNode node, bool counts) =>
        _verdicts.TryGetValue(node, out var verdict) && verdict == counts;
}

/// <summary>What a set of membership events comes to.</summary>
/// <param name="Counting">The events that count.</param>
internal sealed record Resolution(RoomState State, ImmutableHashSet<MembershipNode> Counting)
{
    /// <summary>What the set with one more event comes to, which has all others in its past.</summary>
    public Resolution With(MembershipNode last) => new(State.Apply(last), Counting.Add(last));
}

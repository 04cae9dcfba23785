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

    private MembershipResolver(IReadOnlyList<MembershipNode> nodes)
    {
        _nodes = nodes;
        _removals = nodes.Where(node => node.Event.Kind == RoomEventKind.Remove).ToLookup(node => node.Event.Subject);
        _demotions = nodes
            .Where(node => node.Event is { Kind: RoomEventKind.Role, Role: RoomRole.Member })
            .ToLookup(node => node.Event.Subject);
    }

    /// <param name="nodes">The events, with the past of each, in their order.</param>
    public static Resolution Resolve(IReadOnlyList<MembershipNode> nodes)
    {
        var resolver = new MembershipResolver(nodes);
        resolver.JudgeHandOvers();
        resolver.JudgeOthers();
        var counting = nodes.Where(node => resolver._verdicts[node]).ToList();
        return new Resolution(counting.Aggregate(RoomState.Empty, (state, node) => state.Apply(node)), [.. counting]);
    }

    // Each owner hands over once. Nothing else that the owner did without knowing of it counts.
    private void JudgeHandOvers()
    {
        if (_nodes.Count == 0)
        {
            return;
        }

        List<MembershipNode> handOvers = [.. _nodes.Where(IsHandOver)];
        var (owner, last) = (_nodes[0].Event.Author, _nodes[0]);
        _verdicts[last] = true;
        while (Choose(handOvers, owner, last) is { } next)
        {
            _verdicts[next] = true;
            RejectConcurrent(next);
            (owner, last) = (next.Event.Subject, next);
        }

        handOvers.ForEach(other => _verdicts.TryAdd(other, false));
    }

    // A forked owner can make an earlier one at any time, so the one on which most members have built comes first.
    private MembershipNode? Choose(List<MembershipNode> handOvers, PeerId owner, MembershipNode last)
    {
        var possible = handOvers
            .Where(node => node.Event.Author == owner && node.Ancestors.Contains(last))
            .Where(node => !_verdicts.ContainsKey(node) && !IsDeclined(node))
            .ToList();
        possible.RemoveAll(node => possible.Exists(node.Ancestors.Contains));
        return possible.Count > 1
            ? possible.MaxBy(node => Followers(node).Distinct().Count())
            : possible.FirstOrDefault();
    }

    // The members at that time, without the former owner, who have made an event in the knowledge of the hand-over.
    private IEnumerable<PeerId> Followers(MembershipNode handOver, MembershipNode? unaware = null) =>
        _nodes
            .Where(node => node.Ancestors.Contains(handOver) && (unaware is null || !node.Ancestors.Contains(unaware)))
            .Select(node => node.Event.Author)
            .Where(author => author != handOver.Event.Author && handOver.After.IsMember(author));

    // The new owner has left without knowing of it, and no other member has built on it before hearing of that.
    private bool IsDeclined(MembershipNode handOver) =>
        LeavesOf(handOver).Any(leave => Followers(handOver, leave).All(author => author == handOver.Event.Subject));

    private IEnumerable<MembershipNode> LeavesOf(MembershipNode handOver) =>
        _nodes.Where(node =>
            node.Event.Kind == RoomEventKind.Leave
            && node.Event.Author == handOver.Event.Subject
            && MembershipNode.AreConcurrent(node, handOver)
        );

    private void RejectConcurrent(MembershipNode handOver)
    {
        foreach (var node in _nodes.Where(node => MembershipNode.AreConcurrent(node, handOver)))
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
                var first = FirstOfCircle(undecided);
                _verdicts[first] = true;
                _ = undecided.Remove(first);
            }
        }
    }

    // Removals that would void each other in a circle: the first in order counts, of a circle that waits for nothing
    // else.
    private MembershipNode FirstOfCircle(List<MembershipNode> undecided) =>
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

    // What it does not know of: removals of its author, or of the peer that it invites or promotes, and the demotion
    // of an author who needs the rank.
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
        }

        return attackers.Where(other => MembershipNode.AreConcurrent(other, node));
    }

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

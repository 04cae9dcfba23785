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

    private MembershipResolver(IReadOnlyList<MembershipNode> nodes)
    {
        _nodes = nodes;
        _removals = nodes.Where(node => node.Event.Kind == RoomEventKind.Remove).ToLookup(node => node.Event.Subject);
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

    // Each owner hands over once: the first in order counts. Nothing else that the owner did without knowing of it
    // does.
    private void JudgeHandOvers()
    {
        if (_nodes.Count == 0)
        {
            return;
        }

        var (owner, last) = (_nodes[0].Event.Author, _nodes[0]);
        _verdicts[last] = true;
        foreach (var node in _nodes)
        {
            if (
                node.Event is { Kind: RoomEventKind.Role, Role: RoomRole.Owner } handOver
                && handOver.Author == owner
                && node.Ancestors.Contains(last)
                && !_verdicts.ContainsKey(node)
            )
            {
                _verdicts[node] = true;
                RejectConcurrent(node);
                (owner, last) = (handOver.Subject, node);
            }
        }
    }

    private void RejectConcurrent(MembershipNode handOver)
    {
        foreach (var node in _nodes)
        {
            var isOtherBranch = node.Event.Author == handOver.Event.Author;
            var removesNewOwner =
                node.Event.Kind == RoomEventKind.Remove && node.Event.Subject == handOver.Event.Subject;
            if ((isOtherBranch || removesNewOwner) && MembershipNode.AreConcurrent(node, handOver))
            {
                _ = _verdicts.TryAdd(node, false);
            }
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
                // Removals that would void each other in a circle: the first in order counts.
                var first = undecided.Find(node => node.Event.Kind == RoomEventKind.Remove) ?? undecided[0];
                _verdicts[first] = true;
                _ = undecided.Remove(first);
            }
        }
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

    // Removals of the event's author, or of the one whom it invites or promotes, that it does not know of.
    private IEnumerable<MembershipNode> Attackers(MembershipNode node)
    {
        var removals = _removals[node.Event.Author];
        if (node.Event.Kind is RoomEventKind.Invite or RoomEventKind.Role)
        {
            removals = removals.Concat(_removals[node.Event.Subject]);
        }

        return removals.Where(remove => MembershipNode.AreConcurrent(remove, node));
    }

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

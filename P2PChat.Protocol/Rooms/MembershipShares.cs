using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// How many membership events each author has in the log, over all branches, and how many there are of those that it
/// has invited. Beyond that, events are taken only if others need them.
/// </summary>
internal sealed class MembershipShares
{
    private readonly Dictionary<(RoomEventKind, MembershipNode), List<RoomEventId>> _siblings = [];
    private readonly Dictionary<PeerId, Share> _shares = [];

    private sealed class Share
    {
        public int Events { get; set; }
        public int Repeated { get; set; }
        public long LargeBodies { get; set; }
    }

    /// <summary>
    /// For whom an event counts: joins and leaves for the inviter, because a member can invite any number of keys.
    /// </summary>
    public static PeerId AccountOf(MembershipNode node) => node.EnteredBy.Event.Author;

    /// <summary>Whether there are too many events like this one.</summary>
    public bool HasTooManyLike(MembershipNode node)
    {
        var share = _shares.GetValueOrDefault(AccountOf(node)) ?? new Share();
        var hasTooMany = IsEntry(node)
            ? HasTooManySiblings(node, share)
            : share.Events >= 2 * RoomLimits.MembershipEvents;
        return hasTooMany
            || (node.Event.LargeBody > 0 && share.LargeBodies + node.Event.LargeBody > 2 * RoomLimits.LargeBodies);
    }

    /// <summary>An event has been added to the log.</summary>
    public void Add(MembershipNode node)
    {
        var account = AccountOf(node);
        if (!_shares.TryGetValue(account, out var share))
        {
            _shares[account] = share = new Share();
        }

        share.LargeBodies += node.Event.LargeBody;
        if (!IsEntry(node))
        {
            share.Events++;
            return;
        }

        if (!_siblings.TryGetValue(KeyOf(node), out var siblings))
        {
            _siblings[KeyOf(node)] = siblings = [];
        }

        share.Repeated += siblings.Count > 0 ? 1 : 0;
        siblings.Add(node.Event.Id);
    }

    // Joins by one invite, or leaves after it: all but one are forks. All members have those with the lowest ids, and
    // how many others an author can find grows with the logarithm of its attempts.
    private bool HasTooManySiblings(MembershipNode node, Share share) =>
        _siblings.GetValueOrDefault(KeyOf(node)) is { } siblings
        && (
            share.Repeated >= RoomLimits.RepeatedEntries
            || siblings.Count(id => id < node.Event.Id) >= RoomLimits.MembershipForks
        );

    private static bool IsEntry(MembershipNode node) => node.Event.Kind is RoomEventKind.Join or RoomEventKind.Leave;

    private static (RoomEventKind, MembershipNode) KeyOf(MembershipNode node) => (node.Event.Kind, node.EnteredBy);
}

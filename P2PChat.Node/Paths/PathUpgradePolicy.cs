using P2PChat.Node.Model;
using P2PChat.Node.Timing;

namespace P2PChat.Node.Paths;

/// <summary>Times of a <see cref="PathUpgradePolicy"/>.</summary>
internal sealed record PathUpgradeOptions
{
    /// <summary>From the opening of a relayed path to the first search. It doubles each time.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time between two searches.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A path that stops carrying before this age has died young.</summary>
    public TimeSpan Young { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the relay comes first after a path has died young. It doubles each time.</summary>
    public TimeSpan FirstPenalty { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest penalty.</summary>
    public TimeSpan LongestPenalty { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Number of address changes that start a search at once. One more is allowed per <see cref="First"/>.
    /// </summary>
    public int MaxChanges { get; init; } = 3;
}

/// <summary>
/// Decides when to look for a better path to one peer than the relay, and whether the relay comes first because paths
/// without it have stopped carrying. Pure: times are durations since a fixed moment. Not thread-safe.
/// </summary>
/// <param name="jitter">Returns a number from 0 to 1, so that many peers do not search at the same moment.</param>
internal sealed class PathUpgradePolicy(PathUpgradeOptions options, Func<double> jitter)
{
    private const double JitterShare = 0.2;

    private readonly Pace _changes = new(options.MaxChanges, options.First);
    private (PathKind Kind, TimeSpan At)? _open;
    private TimeSpan _delay = options.First;
    private TimeSpan _penalty = options.FirstPenalty;
    private TimeSpan _penaltyEnds = TimeSpan.MinValue;
    private TimeSpan _changedAt = TimeSpan.MinValue;

    /// <summary>When to start the next search; null while no relayed path is open.</summary>
    public TimeSpan? NextAt { get; private set; }

    /// <summary>Whether a run that starts now should use <see cref="PathPlan.PrefersRelay"/>.</summary>
    public bool PrefersRelay(TimeSpan now) => now < _penaltyEnds;

    /// <summary>Records the path that now carries the conversation.</summary>
    public void Opened(PathKind kind, TimeSpan now)
    {
        // A path that has carried for a while clears the record of the network.
        Forgive(now);
        _open = (kind, now);
        _delay = options.First;
        NextAt = kind == PathKind.Relayed ? Later(now + Jittered(_delay), _penaltyEnds) : null;
    }

    /// <summary>Records that the path is closed.</summary>
    /// <param name="isDead">Whether it stopped carrying, and was not closed by one of the peers.</param>
    public void Closed(bool isDead, TimeSpan now)
    {
        Forgive(now);
        // A path from an earlier network ended because of the move.
        if (
            isDead
            && _open is { } open
            && open.Kind != PathKind.Relayed
            && open.At > _changedAt
            && now - open.At < options.Young
        )
        {
            _penaltyEnds = now + _penalty;
            _penalty = Shorter(_penalty * 2, options.LongestPenalty);
        }

        _open = null;
        NextAt = null;
    }

    /// <summary>Records that a search has found nothing better.</summary>
    public void Failed(TimeSpan now)
    {
        if (NextAt is not null)
        {
            _delay = Shorter(_delay * 2, options.Longest);
            NextAt = now + Jittered(_delay);
        }
    }

    /// <summary>
    /// Records that an address of one of the two peers has changed: nothing learned on another network is valid.
    /// </summary>
    public void AddressChanged(TimeSpan now)
    {
        // An interface may flap, and anybody on the local network can announce addresses for a contact.
        if (!_changes.TryTake(now))
        {
            NextAt = NextAt is { } next ? Shorter(next, _changes.FreeAt) : null;
            return;
        }

        (_delay, _penalty, _penaltyEnds) = (options.First, options.FirstPenalty, TimeSpan.MinValue);
        _changedAt = now;
        if (NextAt is not null)
        {
            NextAt = now;
        }
    }

    private void Forgive(TimeSpan now)
    {
        if (_open is { } open && open.Kind != PathKind.Relayed && now - open.At >= options.Young)
        {
            _penalty = options.FirstPenalty;
        }
    }

    private TimeSpan Jittered(TimeSpan delay) => delay * (1 + JitterShare * (2 * jitter() - 1));

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

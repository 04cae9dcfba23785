namespace P2PChat.Protocol.Profiles;

/// <summary>
/// Limits how often the profiles of one peer are applied. Those above the limit wait, and only the last of them is
/// applied later. Not thread-safe.
/// </summary>
public sealed class ProfileIntake
{
    /// <summary>How many are applied at once.</summary>
    public const int Burst = 6;

    /// <summary>The time after which one more is applied.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    // When the whole burst is available again.
    private DateTimeOffset _full = DateTimeOffset.UnixEpoch;

    /// <summary>The profile that waits; null if none does.</summary>
    public PeerProfile? Waiting { get; private set; }

    /// <summary>When the profile that waits can be applied; null if none waits.</summary>
    public DateTimeOffset? Deadline => Waiting is null ? null : Next;

    private DateTimeOffset Next => _full - (Burst - 1) * Interval;

    /// <summary>Offers a profile that has arrived.</summary>
    /// <returns>The profile to apply now; null if it waits.</returns>
    public PeerProfile? Offer(PeerProfile profile, DateTimeOffset now)
    {
        Waiting = profile;
        return Tick(now);
    }

    /// <summary>Gets the profile that waits, once it can be applied.</summary>
    public PeerProfile? Tick(DateTimeOffset now)
    {
        if (Waiting is not { } profile || now < Next)
        {
            return null;
        }

        _full = (_full > now ? _full : now) + Interval;
        Waiting = null;
        return profile;
    }

    /// <summary>Forgets the profile that waits.</summary>
    public void Clear() => Waiting = null;
}

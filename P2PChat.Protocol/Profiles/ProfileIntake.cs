namespace P2PChat.Protocol.Profiles;

/// <summary>
/// Limits how often the profiles of one peer are taken. Those above the limit wait, and only the last of them is taken
/// later. Not thread-safe.
/// </summary>
public sealed class ProfileIntake
{
    /// <summary>How many are taken within <see cref="Window"/>.</summary>
    public const int MaxTaken = 6;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly RateWindow _rate = new(MaxTaken, Window);
    private PeerProfile? _waiting;

    /// <summary>When the profile that waits can be taken; null if none waits.</summary>
    public DateTimeOffset? Deadline => _waiting is null ? null : _rate.Next;

    /// <summary>Offers a profile that has arrived.</summary>
    /// <returns>The profile to take now; null if it waits.</returns>
    public PeerProfile? Offer(PeerProfile profile, DateTimeOffset now)
    {
        _waiting = profile;
        return Tick(now);
    }

    /// <summary>Gets the profile that waits, once it can be taken.</summary>
    public PeerProfile? Tick(DateTimeOffset now)
    {
        if (_waiting is not { } profile || !_rate.TryTake(now))
        {
            return null;
        }

        _waiting = null;
        return profile;
    }

    /// <summary>Forgets the profile that waits.</summary>
    public void Clear() => _waiting = null;
}

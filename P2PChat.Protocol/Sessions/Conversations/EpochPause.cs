namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Lets a conversation begin a new epoch on the other side's word once a minute at most, so that a faulty or hostile one
/// cannot keep this side writing. Only ticks have the time: a pause ends a minute after the first tick in it.
/// </summary>
internal sealed class EpochPause
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private DateTimeOffset? _seen;

    /// <summary>Whether an epoch was begun less than a minute ago.</summary>
    public bool IsOn { get; private set; }

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline =>
        !IsOn ? null
        : _seen is { } seen ? seen + Length
        : DateTimeOffset.MinValue;

    public void Begin() => (IsOn, _seen) = (true, null);

    public void Tick(DateTimeOffset now)
    {
        if (!IsOn)
        {
            return;
        }
        // A clock that was put back begins the minute again.
        if (_seen is not { } seen || now < seen)
        {
            _seen = now;
        }
        else if (now - seen >= Length)
        {
            IsOn = false;
        }
    }
}

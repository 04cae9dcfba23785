namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Limits new epochs that the other side causes to one per minute, so that a faulty or hostile peer cannot keep this
/// side writing. The pause is timed from the first tick in it, because only ticks carry the time.
/// </summary>
internal sealed class EpochPause
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private DateTimeOffset? _firstTick;

    public bool IsActive { get; private set; }

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public DateTimeOffset? Deadline =>
        !IsActive ? null
        : _firstTick is { } first ? first + Length
        : DateTimeOffset.MinValue;

    public void Begin() => (IsActive, _firstTick) = (true, null);

    public void Tick(DateTimeOffset now)
    {
        if (!IsActive)
        {
            return;
        }
        // Restart the minute if the clock was set back.
        if (_firstTick is not { } first || now < first)
        {
            _firstTick = now;
        }
        else if (now - first >= Length)
        {
            IsActive = false;
        }
    }
}

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>A token bucket of one second for one direction of a session. For a single caller at a time.</summary>
/// <param name="perSecond">Bytes per second; 0 for no limit.</param>
internal sealed class RelayRate(long perSecond, TimeProvider timeProvider)
{
    private double _left = perSecond;
    private long _at = timeProvider.GetTimestamp();

    public TimeProvider TimeProvider => timeProvider;

    /// <returns>How long to wait before the next bytes.</returns>
    public TimeSpan Spend(long bytes)
    {
        if (perSecond == 0)
        {
            return TimeSpan.Zero;
        }

        var now = timeProvider.GetTimestamp();
        var earned = timeProvider.GetElapsedTime(_at, now).TotalSeconds * perSecond;
        _at = now;
        _left = Math.Min(perSecond, _left + earned) - bytes;
        return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / perSecond);
    }
}

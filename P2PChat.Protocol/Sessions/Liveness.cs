namespace P2PChat.Protocol.Sessions;

/// <summary>Result of <see cref="Liveness.Tick"/>.</summary>
public enum LivenessAction
{
    None,
    SendPing,
    Dead,
}

/// <summary>Detects a dead link by its silence (docs/protocol.md, section 9).</summary>
/// <param name="pingAfter">Silence after which to send a Ping.</param>
/// <param name="deadAfter">Silence after which the link is dead.</param>
/// <param name="probeFor">How long to wait for an answer to a probe.</param>
/// <param name="now">
/// In all calls, the time since any fixed moment by a monotonic clock. A wall clock that is set forward would end every
/// link.
/// </param>
public sealed class Liveness(TimeSpan pingAfter, TimeSpan deadAfter, TimeSpan probeFor, TimeSpan now)
{
    private TimeSpan _received = now;
    private TimeSpan _pinged = now;
    private TimeSpan? _probed;
    private bool _mustPing;

    /// <summary>Records that anything arrived on the link.</summary>
    public void Heard(TimeSpan now) => _received = now;

    /// <summary>Sends a Ping at the next tick, because the link may be dead.</summary>
    public void Probe(TimeSpan now) => (_probed, _mustPing) = (now, true);

    /// <summary>When to call <see cref="Tick"/> next.</summary>
    public TimeSpan Deadline
    {
        get
        {
            var deadline = Min(Add(_received, deadAfter), Add(LastSign, pingAfter));
            return _probed is { } probed && _received <= probed
                ? Min(deadline, _mustPing ? probed : Add(probed, probeFor))
                : deadline;
        }
    }

    private TimeSpan LastSign => _received > _pinged ? _received : _pinged;

    public LivenessAction Tick(TimeSpan now)
    {
        if (_received > _probed)
        {
            _probed = null;
        }

        if (now - _received >= deadAfter || now - _probed >= probeFor)
        {
            return LivenessAction.Dead;
        }

        if (!_mustPing && now - LastSign < pingAfter)
        {
            return LivenessAction.None;
        }

        (_pinged, _mustPing) = (now, false);
        return LivenessAction.SendPing;
    }

    // TimeSpan.MaxValue means never.
    private static TimeSpan Add(TimeSpan time, TimeSpan wait) =>
        wait < TimeSpan.MaxValue - time ? time + wait : TimeSpan.MaxValue;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

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

    /// <summary>
    /// Since when frames wait for an answer, and the silence after which the link is then dead; null if none waits.
    /// Half of the silence leads to a Ping, because an answer may take longer than a Pong.
    /// </summary>
    public (TimeSpan Since, TimeSpan DeadAfter)? Unanswered { get; set; }

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
            if (Unanswered is { } waiting)
            {
                deadline = Min(deadline, Add(Max(_received, waiting.Since), waiting.DeadAfter));
                deadline = Min(deadline, Add(Max(LastSign, waiting.Since), waiting.DeadAfter / 2));
            }

            return _probed is { } probed && _received <= probed
                ? Min(deadline, _mustPing ? probed : Add(probed, probeFor))
                : deadline;
        }
    }

    private TimeSpan LastSign => Max(_received, _pinged);

    public LivenessAction Tick(TimeSpan now)
    {
        if (_received > _probed)
        {
            _probed = null;
        }

        if (now - _received >= deadAfter || now - _probed >= probeFor || IsUnanswered(now, _received, share: 1))
        {
            return LivenessAction.Dead;
        }

        if (!_mustPing && now - LastSign < pingAfter && !IsUnanswered(now, LastSign, share: 2))
        {
            return LivenessAction.None;
        }

        (_pinged, _mustPing) = (now, false);
        return LivenessAction.SendPing;
    }

    private bool IsUnanswered(TimeSpan now, TimeSpan sign, int share) =>
        Unanswered is { } waiting && now - Max(sign, waiting.Since) >= waiting.DeadAfter / share;

    // TimeSpan.MaxValue means never.
    private static TimeSpan Add(TimeSpan time, TimeSpan wait) =>
        wait < TimeSpan.MaxValue - time ? time + wait : TimeSpan.MaxValue;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

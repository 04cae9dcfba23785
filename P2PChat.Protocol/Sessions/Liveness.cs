namespace P2PChat.Protocol.Sessions;

/// <summary>What <see cref="Liveness.Tick"/> wants done.</summary>
public enum LivenessAction
{
    None,
    SendPing,
    Dead,
}

/// <summary>Tells a link that is quiet from one that is dead, by what came on it and when.</summary>
/// <param name="pingAfter">Silence after which to ask.</param>
/// <param name="deadAfter">Silence after which to give up.</param>
/// <param name="probeFor">How long to wait for an answer after a probe.</param>
/// <param name="now">
/// As in the calls: the time since any fixed moment, by a clock that nobody sets. A wall clock that is put forward would
/// end every link at once.
/// </param>
public sealed class Liveness(TimeSpan pingAfter, TimeSpan deadAfter, TimeSpan probeFor, TimeSpan now)
{
    private TimeSpan _heard = now;
    private TimeSpan _asked = now;
    private TimeSpan? _probed;
    private bool _mustAsk;

    /// <summary>Something came, whatever it was.</summary>
    public void Heard(TimeSpan now) => _heard = now;

    /// <summary>Pings at once, because the link may be dead.</summary>
    public void Probe(TimeSpan now) => (_probed, _mustAsk) = (now, true);

    /// <summary>When <see cref="Tick"/> has something to do, by the same clock.</summary>
    public TimeSpan Deadline
    {
        get
        {
            var deadline = Min(Add(_heard, deadAfter), Add(_heard > _asked ? _heard : _asked, pingAfter));
            return _probed is { } probed && _heard <= probed
                ? Min(deadline, _mustAsk ? probed : Add(probed, probeFor))
                : deadline;
        }
    }

    public LivenessAction Tick(TimeSpan now)
    {
        if (_heard > _probed)
        {
            _probed = null;
        }

        if (now - _heard >= deadAfter || now - _probed >= probeFor)
        {
            return LivenessAction.Dead;
        }

        if (!_mustAsk && now - (_heard > _asked ? _heard : _asked) < pingAfter)
        {
            return LivenessAction.None;
        }

        (_asked, _mustAsk) = (now, false);
        return LivenessAction.SendPing;
    }

    // Whoever gives the longest time means never.
    private static TimeSpan Add(TimeSpan time, TimeSpan wait) =>
        wait < TimeSpan.MaxValue - time ? time + wait : TimeSpan.MaxValue;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

namespace P2PChat.Protocol.Links;

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
/// <param name="now">
/// As in the calls: the time since any fixed moment, by a clock that nobody sets. A wall clock that is put forward would
/// end every link at once.
/// </param>
public sealed class Liveness(TimeSpan pingAfter, TimeSpan deadAfter, TimeSpan now)
{
    private TimeSpan _heard = now;
    private TimeSpan _asked = now;

    /// <summary>Something came, whatever it was.</summary>
    public void Heard(TimeSpan now) => _heard = now;

    /// <summary>When <see cref="Tick"/> has something to do, by the same clock.</summary>
    public TimeSpan Deadline => Min(_heard + deadAfter, (_heard > _asked ? _heard : _asked) + pingAfter);

    public LivenessAction Tick(TimeSpan now)
    {
        if (now - _heard >= deadAfter)
            return LivenessAction.Dead;
        if (now - (_heard > _asked ? _heard : _asked) < pingAfter)
            return LivenessAction.None;

        _asked = now;
        return LivenessAction.SendPing;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

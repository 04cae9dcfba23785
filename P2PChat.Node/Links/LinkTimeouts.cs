using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Links;

/// <summary>Result of <see cref="LinkTimeouts.Tick"/>.</summary>
internal enum LinkTimeout
{
    None,

    /// <summary>The link has been quiet for a while, or is being probed: send a Ping.</summary>
    PingDue,

    /// <summary>The link has been silent for too long.</summary>
    Silent,

    /// <summary>The other side has not read what was written.</summary>
    WriteBlocked,

    /// <summary>The link has not ended in time after a Close or a failed write.</summary>
    CloseOverdue,
}

/// <summary>
/// The timeouts of one link. Thread-safe, except that <see cref="Tick"/> and <see cref="UntilDue"/> belong to one loop.
/// </summary>
internal sealed class LinkTimeouts
{
    private readonly LinkOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly UnansweredFrames _unanswered;
    private readonly Liveness _liveness;
    private readonly long _origin;

    // Timestamps, 0 for none.
    private long _receivedAt;
    private long _writingSince;
    private long _writeFailedAt;
    private long _closingSince;
    private int _isProbeRequested;

    public LinkTimeouts(LinkOptions options, UnansweredFrames unanswered, TimeProvider timeProvider)
    {
        _options = options;
        _unanswered = unanswered;
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
        _liveness = new Liveness(options.PingAfter, options.DeadAfter, options.ProbeTimeout, TimeSpan.Zero);
    }

    /// <inheritdoc cref="UnansweredFrames.HasProfile"/>
    public bool IsProfileUnanswered => _unanswered.HasProfile;

    public bool IsClosing => Volatile.Read(ref _closingSince) != 0;

    public void OnReceived() => Volatile.Write(ref _receivedAt, Now());

    public void OnWriteStarted() => Volatile.Write(ref _writingSince, Now());

    public void OnWriteCompleted() => Volatile.Write(ref _writingSince, 0);

    public void OnWriteFailed()
    {
        Volatile.Write(ref _writingSince, 0);
        Volatile.Write(ref _writeFailedAt, Now());
    }

    /// <summary>Starts the close timeout.</summary>
    /// <returns>False if it had started before.</returns>
    public bool TryStartClosing() => Interlocked.CompareExchange(ref _closingSince, Now(), 0) == 0;

    /// <summary>Makes the next <see cref="Tick"/> ping, with a shorter timeout than usual.</summary>
    public void RequestProbe() => Volatile.Write(ref _isProbeRequested, 1);

    /// <summary>The time until <see cref="Tick"/> has something to do.</summary>
    public TimeSpan UntilDue()
    {
        if (Volatile.Read(ref _closingSince) is var closing and not 0)
        {
            return Left(closing, _options.CloseTimeout);
        }

        if (Volatile.Read(ref _isProbeRequested) == 1)
        {
            return TimeSpan.Zero;
        }

        UpdateLiveness();
        var wait = _liveness.Deadline - _timeProvider.GetElapsedTime(_origin);
        if (Volatile.Read(ref _writeFailedAt) is var failed and not 0)
        {
            wait = Min(wait, Left(failed, _options.CloseTimeout));
        }

        return Volatile.Read(ref _writingSince) is var writing and not 0
            ? Min(wait, Left(writing, _options.WriteTimeout))
            : wait;
    }

    /// <summary>Checks the timeouts.</summary>
    public LinkTimeout Tick()
    {
        if (IsClosing)
        {
            return IsOver(ref _closingSince, _options.CloseTimeout) ? LinkTimeout.CloseOverdue : LinkTimeout.None;
        }

        if (IsOver(ref _writeFailedAt, _options.CloseTimeout))
        {
            return LinkTimeout.CloseOverdue;
        }

        if (IsOver(ref _writingSince, _options.WriteTimeout))
        {
            return LinkTimeout.WriteBlocked;
        }

        UpdateLiveness();
        if (Interlocked.Exchange(ref _isProbeRequested, 0) == 1)
        {
            _liveness.Probe(_timeProvider.GetElapsedTime(_origin));
        }

        return _liveness.Tick(_timeProvider.GetElapsedTime(_origin)) switch
        {
            LivenessAction.SendPing => LinkTimeout.PingDue,
            LivenessAction.Dead => LinkTimeout.Silent,
            _ => LinkTimeout.None,
        };
    }

    private void UpdateLiveness()
    {
        if (Volatile.Read(ref _receivedAt) is var received and not 0)
        {
            _liveness.Heard(_timeProvider.GetElapsedTime(_origin, received));
        }

        _liveness.Unanswered = _unanswered.Current is { } waiting
            ? (_timeProvider.GetElapsedTime(_origin, waiting.Since), Sum(_options.AnswerTimeout, waiting.Transfer))
            : null;
    }

    private bool IsOver(ref long since, TimeSpan limit) =>
        Volatile.Read(ref since) is var started and not 0 && _timeProvider.GetElapsedTime(started) > limit;

    // One tick more than the rest, because Tick acts only after the limit.
    private TimeSpan Left(long since, TimeSpan limit) =>
        limit == TimeSpan.MaxValue ? limit : limit - _timeProvider.GetElapsedTime(since) + TimeSpan.FromTicks(1);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Sum(TimeSpan limit, TimeSpan more) =>
        limit < TimeSpan.MaxValue - more ? limit + more : TimeSpan.MaxValue;

    // Never 0, which means none.
    private long Now() => _timeProvider.GetTimestamp() | 1;
}

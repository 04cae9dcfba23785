using P2PChat.Node.Model;

namespace P2PChat.Node.DirectoryClient;

/// <summary>How this peer stands with its directory: what <see cref="Registrar"/> finds out, and everybody else asks. Thread-safe.</summary>
internal sealed class DirectoryRegistration(EventLog events)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource _doubted = NewSignal();
    private (DirectoryState State, string? Detail) _status = (DirectoryState.Registering, null);
    private DirectoryFailure _refusal = DirectoryFailure.Refused;
    private string? _leaseToken;
    private int _timesUnknown;

    /// <summary>Which directory it is; null before its first answer.</summary>
    public byte[]? DirectoryId { get; set; }

    public DirectoryState State => Status.State;

    /// <summary>A sentence about a problem with the registration; null if there is none.</summary>
    public string? Detail => Status.Detail;

    /// <summary>Why the directory refuses this peer; <see cref="DirectoryFailure.Unreachable"/> if it does not.</summary>
    public DirectoryFailure Refusal
    {
        get
        {
            lock (_gate)
            {
                return _status.State == DirectoryState.Refused ? _refusal : DirectoryFailure.Unreachable;
            }
        }
    }

    /// <summary>Both, of one moment. Whoever sees it finds it told as the last <see cref="PeerEvent.DirectoryChanged"/>.</summary>
    public (DirectoryState State, string? Detail) Status
    {
        get
        {
            lock (_gate)
            {
                return _status;
            }
        }
    }

    /// <summary>Null while there is no lease.</summary>
    public string? LeaseToken
    {
        get
        {
            lock (_gate)
            {
                return _leaseToken;
            }
        }
    }

    /// <summary>
    /// How often the directory has taken this peer's name for new: but for the first time in a life it has forgotten it, and
    /// with it perhaps all else that it kept.
    /// </summary>
    public int CreationCount => Volatile.Read(ref _timesUnknown);

    /// <summary><see cref="CreationCount"/> has grown. Called on any thread.</summary>
    public event Action? Created;

    /// <summary>The directory had not had this peer's name.</summary>
    public void ReportCreated()
    {
        _ = Interlocked.Increment(ref _timesUnknown);
        Created?.Invoke();
    }

    /// <param name="trouble">A sentence about a problem that does not end the lease; null if there is none.</param>
    public void Registered(string leaseToken, string? trouble = null)
    {
        lock (_gate)
        {
            _leaseToken = leaseToken;
        }

        Become(DirectoryState.Registered, trouble);
    }

    /// <summary>The lease is gone, or nobody knows.</summary>
    public void Lost(DirectoryState state, string? detail, DirectoryFailure refusal = DirectoryFailure.Refused)
    {
        lock (_gate)
        {
            (_leaseToken, _refusal) = (null, refusal);
        }

        Become(state, detail);
    }

    /// <summary>The directory does not answer; the lease may still hold.</summary>
    public void Unreachable(string detail) => Become(DirectoryState.Unreachable, detail);

    /// <summary>The directory treats the token as unknown. The registrar is woken.</summary>
    public void Invalidate(string? leaseToken)
    {
        lock (_gate)
        {
            if (_leaseToken != leaseToken)
            {
                return;
            }

            _leaseToken = null;
            _ = _doubted.TrySetResult();
        }
    }

    /// <summary>Wakes the registrar because the registration is out of date. The lease continues meanwhile.</summary>
    public void RegisterSoon()
    {
        lock (_gate)
        {
            _ = _doubted.TrySetResult();
        }
    }

    /// <summary>Waits for <see cref="Invalidate"/> or <see cref="RegisterSoon"/>.</summary>
    public async Task<bool> WaitForWakeAsync(TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        Task doubted;
        lock (_gate)
        {
            doubted = _doubted.Task;
        }

        try
        {
            await doubted.WaitAsync(timeout, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }

        lock (_gate)
        {
            _doubted = NewSignal();
        }

        return true;
    }

    /// <summary>The token, as soon as there is one; null if there is none in time, or the directory refuses.</summary>
    public async Task<string?> WaitForTokenAsync(
        TimeSpan timeout,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_leaseToken is not null || _status.State == DirectoryState.Refused)
                {
                    return _leaseToken;
                }

                changed = _changed.Task;
            }

            var left = timeout - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            try
            {
                await changed.WaitAsync(left, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    /// <summary>Waits for a token that is another one than that: this peer has registered anew.</summary>
    public async Task<string> WaitForNewTokenAsync(string? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_leaseToken is not null && _leaseToken != known)
                {
                    return _leaseToken;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Become(DirectoryState state, string? detail)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            // Told under the lock: of two changes at once the one that is told last is the one that holds.
            if (_status != (state, detail))
            {
                events.Add(new PeerEvent.DirectoryChanged(state, detail));
            }

            _status = (state, detail);
            (changed, _changed) = (_changed, NewSignal());
        }

        _ = changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

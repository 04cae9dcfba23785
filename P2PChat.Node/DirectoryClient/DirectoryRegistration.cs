using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// State of this peer's registration. <see cref="Registrar"/> updates it, and all other components read it.
/// Thread-safe.
/// </summary>
internal sealed class DirectoryRegistration(EventLog events)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource _woken = NewSignal();
    private (DirectoryState State, string? Detail) _status = (DirectoryState.Registering, null);
    private DirectoryFailure _refusal = DirectoryFailure.Refused;
    private string? _leaseToken;
    private int _creationCount;

    /// <summary>The directory's id; null before its first answer.</summary>
    public byte[]? DirectoryId { get; set; }

    /// <summary>The address from which the directory saw the last registration; null if it is not known.</summary>
    public IPAddress? ObservedAddress { get; set; }

    public DirectoryState State => Status.State;

    /// <summary>A sentence about a problem with the registration; null if there is none.</summary>
    public string? Detail => Status.Detail;

    /// <summary>
    /// The reason why the directory refuses this peer; <see cref="DirectoryFailure.Unreachable"/> if it does not.
    /// </summary>
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

    /// <summary>
    /// State and detail of one moment. The event <see cref="PeerEvent.DirectoryChanged"/> is raised before they are
    /// visible.
    /// </summary>
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
    /// How often a registration has created the name. Each time after the first in a peer's life, the directory had
    /// lost the name, and possibly the mailbox.
    /// </summary>
    public int CreationCount => Volatile.Read(ref _creationCount);

    /// <summary>Raised on any thread after <see cref="CreationCount"/> has grown.</summary>
    public event Action? Created;

    /// <summary>Records that a registration has created the name.</summary>
    public void ReportCreated()
    {
        _ = Interlocked.Increment(ref _creationCount);
        Created?.Invoke();
    }

    /// <summary>Records a valid lease.</summary>
    /// <param name="problem">A sentence about a problem that does not end the lease; null if there is none.</param>
    public void Registered(string leaseToken, string? problem = null)
    {
        lock (_gate)
        {
            _leaseToken = leaseToken;
        }

        SetStatus(DirectoryState.Registered, problem);
    }

    /// <summary>Records that there is no valid lease any more.</summary>
    public void Lost(DirectoryState state, string? detail, DirectoryFailure refusal = DirectoryFailure.Refused)
    {
        lock (_gate)
        {
            (_leaseToken, _refusal) = (null, refusal);
        }

        SetStatus(state, detail);
    }

    /// <summary>Records that the directory does not answer. The lease may still be valid.</summary>
    public void Unreachable(string detail) => SetStatus(DirectoryState.Unreachable, detail);

    /// <summary>Discards a token that the directory does not know, and wakes the registrar.</summary>
    public void Invalidate(string? leaseToken)
    {
        lock (_gate)
        {
            if (_leaseToken != leaseToken)
            {
                return;
            }

            _leaseToken = null;
            _ = _woken.TrySetResult();
        }
    }

    /// <summary>Wakes the registrar because the registration is out of date. The lease stays valid meanwhile.</summary>
    public void RegisterSoon()
    {
        lock (_gate)
        {
            _ = _woken.TrySetResult();
        }
    }

    /// <summary>Waits for <see cref="Invalidate"/> or <see cref="RegisterSoon"/>.</summary>
    public async Task<bool> WaitForWakeAsync(
        TimeSpan timeout,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        Task woken;
        lock (_gate)
        {
            woken = _woken.Task;
        }

        try
        {
            await woken.WaitAsync(timeout, timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }

        lock (_gate)
        {
            _woken = NewSignal();
        }

        return true;
    }

    /// <summary>Waits for a lease.</summary>
    /// <returns>The lease token; null if there is none in time, or the directory refuses.</returns>
    public async Task<string?> WaitForTokenAsync(
        TimeSpan timeout,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        var started = timeProvider.GetTimestamp();
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

            var left = timeout - timeProvider.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            try
            {
                await changed.WaitAsync(left, timeProvider, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    /// <summary>Waits until this peer has registered again.</summary>
    /// <param name="known">The token of the previous registration.</param>
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

    private void SetStatus(DirectoryState state, string? detail)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            // Raised under the lock, so that the last event shows the current state.
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

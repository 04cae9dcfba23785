using P2PChat.Node.Storage;

namespace P2PChat.Node.Links;

/// <summary>
/// Whether this peer may connect without the relay. While the user hides the address it may not, and accepts no
/// connection. Everything that opens a socket to another peer asks here. Thread-safe.
/// </summary>
internal sealed class DirectAccess : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Preferences _preferences;
    private CancellationTokenSource _hiding = new();
    private CancellationToken _hidden;
    private bool _wasAllowed = true;

    public DirectAccess(Preferences preferences)
    {
        _preferences = preferences;
        _hidden = _hiding.Token;
        preferences.Changed += OnChanged;
        OnChanged();
    }

    /// <summary>Raised on any thread after <see cref="IsAllowed"/> has changed.</summary>
    public event Action? Changed;

    public bool IsAllowed => !_preferences.HideAddress;

    /// <summary>Cancelled while the address is hidden. Each time it is shown again, there is a new token.</summary>
    public CancellationToken Hidden
    {
        get
        {
            lock (_gate)
            {
                return _hidden;
            }
        }
    }

    public void Dispose()
    {
        _preferences.Changed -= OnChanged;
        _hiding.Dispose();
    }

    private void OnChanged()
    {
        lock (_gate)
        {
            if (IsAllowed == _wasAllowed)
            {
                return;
            }

            _wasAllowed = IsAllowed;
            if (_wasAllowed)
            {
                _hiding = new CancellationTokenSource();
                _hidden = _hiding.Token;
            }
            else
            {
                // Asynchronously, because the continuations of the cancelled attempts must not run under the lock.
                _ = _hiding.CancelAsync();
            }
        }

        Changed?.Invoke();
    }
}

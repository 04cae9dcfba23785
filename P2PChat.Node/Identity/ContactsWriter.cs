using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>
/// Saves contacts in the background, because a slow disk must not hold up a session. Changes that come together are
/// saved together. Thread-safe.
/// </summary>
/// <param name="store">Null to save nothing.</param>
internal sealed partial class ContactsWriter(IContactStore? store, ILogger logger) : IDisposable
{
    // Held while saving. Never taken under the lock of the contacts.
    private readonly Lock _saving = new();
    private readonly Lock _gate = new();
    private readonly ILogger _logger = logger;
    private readonly SaveState _state = new();
    private Dictionary<Username, StoredContact?> _changed = [];
    private ulong? _ownSequence;
    private bool _isScheduled;
    private bool _isDisposed;

    /// <summary>Saves a contact soon. Call it under the lock of the contacts; it does not block.</summary>
    /// <param name="contact">Null to remove it.</param>
    public void Save(Username name, StoredContact? contact)
    {
        lock (_gate)
        {
            _changed[name] = contact;
            Schedule();
        }
    }

    /// <summary>Saves the sequence of this peer's last record soon. Call it under the lock of the contacts.</summary>
    public void SaveOwnSequence(ulong sequence)
    {
        lock (_gate)
        {
            _ownSequence = sequence;
            Schedule();
        }
    }

    /// <summary>Returns when all changes are on disk. Do not call it under the lock of the contacts.</summary>
    /// <exception cref="IOException">The changes cannot be saved.</exception>
    public void Flush()
    {
        if (store is null)
        {
            return;
        }

        lock (_saving)
        {
            if (_isDisposed || !Take(out var changed, out var ownSequence))
            {
                return;
            }

            try
            {
                store.Save(changed, ownSequence);
            }
            catch
            {
                PutBack(changed, ownSequence);
                throw;
            }
        }

        if (_state.Saved())
        {
            LogSaved();
        }
    }

    /// <summary>Saves the remaining changes. Later ones are not saved.</summary>
    public void Dispose()
    {
        SaveInBackground();
        lock (_saving)
        {
            _isDisposed = true;
        }
    }

    // Called under _gate.
    private void Schedule()
    {
        if (store is not null && !_isScheduled)
        {
            _isScheduled = true;
            _ = Task.Run(SaveInBackground);
        }
    }

    private bool Take(out Dictionary<Username, StoredContact?> changed, out ulong? ownSequence)
    {
        lock (_gate)
        {
            (changed, ownSequence) = (_changed, _ownSequence);
            (_changed, _ownSequence, _isScheduled) = ([], null, false);
            return changed.Count > 0 || ownSequence is not null;
        }
    }

    private void PutBack(Dictionary<Username, StoredContact?> changed, ulong? ownSequence)
    {
        lock (_gate)
        {
            _ownSequence ??= ownSequence;
            foreach (var (name, contact) in changed)
            {
                // A newer change stays.
                _ = _changed.TryAdd(name, contact);
            }
        }
    }

    private void SaveInBackground()
    {
        try
        {
            Flush();
        }
        catch (IOException exception)
        {
            if (_state.Failed())
            {
                LogNotSaved(SaveState.FailureReason(exception));
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The contacts cannot be saved ({Error}), and changes are lost when this peer ends. Free some space or "
            + "check the disk."
    )]
    private partial void LogNotSaved(string error);

    [LoggerMessage(LogLevel.Warning, "The contacts can be saved again.")]
    private partial void LogSaved();
}

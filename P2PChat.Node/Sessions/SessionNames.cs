using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Maps names to sessions. A name belongs to the session that holds it (a link under it is open, or a request waits),
/// otherwise to the session that used it last. Thread-safe: its lock is taken last, and it calls no other code.
/// </summary>
/// <remarks>See docs/decisions/0023-names-belong-to-links.md.</remarks>
internal sealed class SessionNames<TSession>
    where TSession : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Username, (TSession Session, bool IsHeld)> _names = [];

    /// <returns>Null if no session in use has the name.</returns>
    public TSession? Find(Username name)
    {
        lock (_gate)
        {
            return _names.TryGetValue(name, out var entry) ? entry.Session : null;
        }
    }

    /// <returns>The session that holds the name; null if none does, or <paramref name="except"/>.</returns>
    public TSession? HolderOf(Username name, TSession except)
    {
        lock (_gate)
        {
            return _names.TryGetValue(name, out var entry) && entry.IsHeld && entry.Session != except
                ? entry.Session
                : null;
        }
    }

    /// <summary>Holds the name until <see cref="Release"/>.</summary>
    /// <returns>False if another session holds it.</returns>
    public bool TryHold(TSession session, Username name)
    {
        lock (_gate)
        {
            if (_names.TryGetValue(name, out var entry) && entry.IsHeld && entry.Session != session)
            {
                return false;
            }

            _names[name] = (session, true);
            return true;
        }
    }

    /// <summary>Stops holding the name. It still maps to the session until another one uses it.</summary>
    public void Release(TSession session, Username name)
    {
        lock (_gate)
        {
            if (_names.TryGetValue(name, out var entry) && entry.Session == session)
            {
                _names[name] = (session, false);
            }
        }
    }

    /// <summary>Maps a new name to the session, unless another session holds that name.</summary>
    public void Rename(TSession session, Username? before, Username name)
    {
        lock (_gate)
        {
            if (before is { } old && _names.TryGetValue(old, out var former) && former.Session == session)
            {
                _ = _names.Remove(old);
            }

            if (!_names.TryGetValue(name, out var entry) || (entry.Session != session && !entry.IsHeld))
            {
                _names[name] = (session, false);
            }
        }
    }

    /// <returns>False if the name already maps to a session.</returns>
    public bool TryAdd(TSession session, Username name)
    {
        lock (_gate)
        {
            return _names.TryAdd(name, (session, false));
        }
    }

    /// <summary>Removes the name of a session that is dropped.</summary>
    public void Remove(TSession session, Username name)
    {
        lock (_gate)
        {
            if (_names.TryGetValue(name, out var entry) && entry.Session == session)
            {
                _ = _names.Remove(name);
            }
        }
    }
}

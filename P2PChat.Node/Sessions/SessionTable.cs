using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The sessions of a peer, by key and by name. Contacts keep their session, because a conversation outlives its links;
/// strangers who never connected are dropped. Thread-safe.
/// </summary>
internal sealed class SessionTable(SessionContext context, PeerOptions options)
{
    private readonly ConcurrentDictionary<PeerId, SessionHost> _byKey = new();
    private readonly SessionNames<SessionHost> _names = new();

    public IEnumerable<SessionHost> All => _byKey.Values;

    /// <summary>When <see cref="Tick"/> has something to do, if nothing changes before; null if never.</summary>
    public DateTimeOffset? Deadline => All.Min(session => session.Lifecycle.Deadline);

    /// <summary>
    /// Finds the session of the peer with that name: one in use, or one that the store has as a contact's.
    /// </summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public SessionHost? Find(Username name) => _names.Find(name) ?? FindStored(name);

    /// <summary>Whether a link to that peer is open. Creates no session.</summary>
    public bool IsConnected(PeerId remote) =>
        _byKey.TryGetValue(remote, out var session) && session.Relation == Relation.Connected;

    /// <summary>Finds the session of that key, if it is in use.</summary>
    public SessionHost? FindInMemory(PeerId key) => _byKey.GetValueOrDefault(key);

    /// <summary>Restores the conversations with unacknowledged messages.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public void Restore()
    {
        foreach (var key in Guard(context.Store.Conversations.Waiting))
        {
            _ = GetOrAdd(key);
        }
    }

    /// <summary>
    /// After a restore from a backup, begins a new epoch in each conversation; otherwise new messages would be taken
    /// for duplicates of those sent since the backup. Completes when the epochs are stored, which is done once.
    /// </summary>
    /// <exception cref="PeerException">The store cannot be read or written.</exception>
    public async Task BeginEpochsAsync()
    {
        if (context.Restored.EpochFloor is not { } floor)
        {
            return;
        }

        foreach (var key in Guard(context.Store.Conversations.All))
        {
            Use(key, session => session.Lifecycle.BeginEpoch());
        }

        try
        {
            if (!await context.Store.Conversations.EpochsAreAboveAsync(floor))
            {
                throw new PeerException(
                    PeerError.StoreFailed,
                    "The restored conversations cannot be saved. Free disk space or check the disk, then start again."
                );
            }

            context.Restored.Clear();
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.StoreFailed,
                $"The data directory cannot be written ({exception.GetType().Name}). "
                    + "Check its owner and its disk, then start again."
            );
        }
    }

    /// <summary>Uses the session of that key; a new one if there is none, or if the old one is retired.</summary>
    /// <param name="use">Returns false if the session is retired.</param>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public void Use(PeerId remote, Func<SessionHost, bool> use)
    {
        while (true)
        {
            var session = GetOrAdd(remote);
            if (use(session))
            {
                return;
            }

            Remove(session);
        }
    }

    /// <summary>Checks the timeouts of all sessions, and drops those that are no longer needed.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var session in All)
        {
            session.Lifecycle.Tick(now);
            if (session.Lifecycle.TryRetire(evenIfKnown: false))
            {
                Remove(session);
            }
        }

        // A peer that accepts everybody gains contacts without end, so the sessions of absent ones are bounded.
        if (_byKey.Count <= 2 * options.MaxLinks)
        {
            return;
        }

        foreach (
            var session in All.OrderBy(session => !session.Rooms.IsAcquaintance)
                .Where(session => session.Lifecycle.TryRetire(evenIfKnown: true))
                .Take(_byKey.Count - 2 * options.MaxLinks)
        )
        {
            Remove(session);
        }
    }

    /// <summary>Abandons messages that have waited too long.</summary>
    public void Expire(TimeReading now)
    {
        foreach (var session in All)
        {
            session.Lifecycle.Expire(now);
        }
    }

    /// <summary>Reads from the store.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    internal static T Guard<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
    }

    // A separate method, so that Find allocates no closure.
    private SessionHost? FindStored(Username name) =>
        Guard(() => context.Store.Conversations.FindAccepted(name)) is { } key ? GetOrAdd(key) : null;

    /// <exception cref="PeerException">The store cannot be read.</exception>
    private SessionHost GetOrAdd(PeerId remote)
    {
        var session = Guard(() => _byKey.GetOrAdd(remote, static (key, table) => table.Create(key), this));
        if (session.Name is { } name && _names.TryAdd(session, name))
        {
            RemoveNameIfDropped(session, name);
        }

        return session;
    }

    // The session may have been dropped before it got its name. Left in place, the name would map to a retired session
    // forever.
    private void RemoveNameIfDropped(SessionHost session, Username name)
    {
        if (!_byKey.TryGetValue(session.Remote, out var present) || present != session)
        {
            _names.Remove(session, name);
        }
    }

    private SessionHost Create(PeerId remote) => new(context, _names, remote) { Renamed = OnRenamed, Broken = Remove };

    private void OnRenamed(SessionHost session, Username? before, Username name)
    {
        _names.Rename(session, before, name);
        RemoveNameIfDropped(session, name);
    }

    private void Remove(SessionHost session)
    {
        _ = _byKey.TryRemove(new KeyValuePair<PeerId, SessionHost>(session.Remote, session));
        if (session.Name is { } name)
        {
            _names.Remove(session, name);
        }
    }
}

using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The sessions of a peer, by key and by name. Who has been connected is kept, for the conversation must outlive its
/// links; strangers that never were are dropped. Thread-safe.
/// </summary>
internal sealed class SessionTable(SessionContext context, PeerOptions options)
{
    private readonly ConcurrentDictionary<PeerId, ChatSession> _byKey = new();
    private readonly SessionNames<ChatSession> _names = new();

    public IEnumerable<ChatSession> All => _byKey.Values;

    /// <summary>The session with who has that name: one in use, or one that the store knows as accepted.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public ChatSession? Find(Username name) => _names.Find(name) ?? FindStored(name);

    /// <summary>Takes up the conversations in which something waits to be acknowledged.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public void Restore()
    {
        foreach (var key in Guard(context.Store.Waiting))
        {
            _ = GetOrAdd(key);
        }
    }

    /// <summary>
    /// Where this peer stands on a backup, begins a new epoch in each conversation: what is sent now would otherwise be
    /// taken for what has been sent since. Returns when that is kept; then it is not done again.
    /// </summary>
    /// <exception cref="PeerException">The store cannot be read or written.</exception>
    public async Task BeginEpochsAsync()
    {
        if (context.Restored.EpochFloor is not { } floor)
        {
            return;
        }

        foreach (var key in Guard(context.Store.All))
        {
            Use(key, session => session.BeginEpoch());
        }

        try
        {
            if (!await context.Store.HasBegunAboveAsync(floor))
            {
                throw new PeerException(
                    PeerError.StoreFailed,
                    "The restored conversations cannot be taken up, for the store takes nothing: free some space or see that its disk works, and start again."
                );
            }

            context.Restored.Clear();
        }
        catch (StoreException e)
        {
            throw new PeerException(PeerError.StoreFailed, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.StoreFailed,
                $"The data directory cannot be written ({e.GetType().Name}): see that it is yours and works, and start again."
            );
        }
    }

    /// <summary>Uses the session of that key, a new one where there is none or the old one has been given up.</summary>
    /// <param name="use">Says whether the session was in use.</param>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public void Use(PeerId remote, Func<ChatSession, bool> use)
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

    /// <summary>When <see cref="Tick"/> has something to do, if nothing changes before; null if never.</summary>
    public DateTimeOffset? Deadline => All.Min(session => session.Deadline);

    /// <summary>Lets every session end what took too long, and gives up those that nobody needs.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var session in All)
        {
            session.Tick(now);
            if (session.TryRetire(evenIfKnown: false))
            {
                Remove(session);
            }
        }

        // A peer that accepts everybody is known by more and more; what is kept of those who have gone is bounded.
        if (_byKey.Count <= 2 * options.MaxLinks)
        {
            return;
        }

        foreach (
            var session in All.Where(session => session.TryRetire(evenIfKnown: true))
                .Take(_byKey.Count - 2 * options.MaxLinks)
        )
        {
            Remove(session);
        }
    }

    /// <summary>Gives up the messages that have waited too long.</summary>
    public void Expire(TimeReading now)
    {
        foreach (var session in All)
        {
            session.Expire(now);
        }
    }

    // Apart: what it captures is made anew at each call.
    private ChatSession? FindStored(Username name) =>
        Guard(() => context.Store.FindAccepted(name)) is { } key ? GetOrAdd(key) : null;

    /// <exception cref="PeerException">The store cannot be read.</exception>
    private ChatSession GetOrAdd(PeerId remote)
    {
        var session = Guard(() => _byKey.GetOrAdd(remote, static (key, table) => table.Create(key), this));
        if (session.Name is { } name && _names.TryAdd(session, name))
        {
            ForgetIfRemoved(session, name);
        }

        return session;
    }

    // Somebody may have given the session up between our taking it and its getting a name: then no other would come under that
    // name ever again, and who looks for it would find one that is of no use.
    private void ForgetIfRemoved(ChatSession session, Username name)
    {
        if (!_byKey.TryGetValue(session.Remote, out var present) || present != session)
        {
            _names.Remove(session, name);
        }
    }

    /// <summary>What the store cannot do, as a refusal of the peer.</summary>
    internal static T Guard<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (StoreException e)
        {
            throw new PeerException(PeerError.StoreFailed, e.Message);
        }
    }

    private ChatSession Create(PeerId remote) => new(context, _names, remote) { Named = Rename, Broken = Remove };

    private void Rename(ChatSession session, Username? before, Username name)
    {
        _names.Rename(session, before, name);
        ForgetIfRemoved(session, name);
    }

    private void Remove(ChatSession session)
    {
        _ = _byKey.TryRemove(new KeyValuePair<PeerId, ChatSession>(session.Remote, session));
        if (session.Name is { } name)
        {
            _names.Remove(session, name);
        }
    }
}

using System.Collections.Concurrent;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Chat;

/// <summary>
/// The sessions of a peer, by key and by name. Who has been connected is kept, for the conversation must outlive its
/// links; strangers that never were are dropped. Thread-safe.
/// </summary>
internal sealed class SessionTable(SessionContext context, PeerOptions options)
{
    private readonly ConcurrentDictionary<PeerId, ChatSession> _byKey = new();
    private readonly ConcurrentDictionary<Username, ChatSession> _byName = new();

    public IEnumerable<ChatSession> All => _byKey.Values;

    public ChatSession? Find(Username name) => _byName.GetValueOrDefault(name);

    /// <summary>Uses the session of that key, a new one where there is none or the old one has been given up.</summary>
    /// <param name="use">Says whether the session was in use.</param>
    public void Use(PeerId remote, Func<ChatSession, bool> use)
    {
        while (true)
        {
            var session = _byKey.GetOrAdd(remote, static (key, table) => table.Create(key), this);
            if (use(session))
                return;
            Remove(session);
        }
    }

    /// <summary>Lets every session end what took too long, and gives up those that nobody needs.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var session in All)
        {
            session.Tick(now);
            if (session.TryRetire(evenIfKnown: false))
                Remove(session);
        }

        BoundHistory();

        // A peer that accepts everybody is known by more and more; what is kept of those who have gone is bounded.
        if (_byKey.Count <= 2 * options.MaxLinks)
            return;
        foreach (var session in All.Where(session => session.TryRetire(evenIfKnown: true)).Take(_byKey.Count - 2 * options.MaxLinks))
            Remove(session);
    }

    // Not as a message comes, under its session's lock: two sessions that made room in each other would wait for ever.
    private void BoundHistory()
    {
        var uses = All.Select(session => (Session: session, Use: session.HistoryUse)).ToList();
        var total = uses.Sum(item => item.Use.Bytes);
        if (total <= options.HistoryTotalBytes)
            return;
        foreach (var (session, use) in uses.OrderBy(item => item.Use.UsedAt))
        {
            if (total <= options.HistoryTotalBytes)
                return;
            session.ClearHistory();
            total -= use.Bytes;
        }
    }

    private ChatSession Create(PeerId remote) => new(context, remote) { Named = Rename };

    private void Rename(ChatSession session, Username? before, Username name)
    {
        if (before is { } old)
            _ = _byName.TryRemove(new KeyValuePair<Username, ChatSession>(old, session));
        _byName[name] = session;
    }

    private void Remove(ChatSession session)
    {
        _ = _byKey.TryRemove(new KeyValuePair<PeerId, ChatSession>(session.Remote, session));
        if (session.Name is { } name)
            _ = _byName.TryRemove(new KeyValuePair<Username, ChatSession>(name, session));
    }
}

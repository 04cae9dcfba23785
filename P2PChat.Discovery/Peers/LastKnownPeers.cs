using Microsoft.Extensions.Options;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.Directory;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// What this replica last knew, for the time when the store is away. Registrations, lookups and lists fill it, events keep
/// it current. It is bounded: when it is full, peers that are offline make room, and where there are none the new one is
/// not kept.
/// </summary>
internal sealed class LastKnownPeers(IOptions<DirectoryOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _peers = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _offline = new(StringComparer.Ordinal);

    /// <param name="OwnNews">Its registration went through this replica, and the event that tells of it has yet to come.</param>
    private sealed record Entry(StoredPeer Peer, string? TokenHash, bool OwnNews);

    /// <summary>A peer as the store has it. A record that was not read is kept as it was.</summary>
    public void Saw(StoredPeer peer)
    {
        lock (_gate)
        {
            var known = Known(peer.Username, peer.PeerId);
            Put(new Entry(peer with { Signed = peer.Signed ?? known?.Peer.Signed }, known?.TokenHash, known?.OwnNews ?? false));
        }
    }

    public void Registered(StoredPeer peer, string tokenHash)
    {
        lock (_gate)
            Put(new Entry(peer, tokenHash, OwnNews: true));
    }

    public void Renewed(string username, DateTimeOffset lastSeen, string tokenHash)
    {
        lock (_gate)
        {
            if (_peers.TryGetValue(username, out var known))
                Put(known with { Peer = known.Peer with { Online = true, LastSeen = lastSeen }, TokenHash = tokenHash });
        }
    }

    public void Apply(PeerEvent peerEvent, DateTimeOffset now)
    {
        lock (_gate)
        {
            var known = Known(peerEvent.Username, peerEvent.PeerId);
            var peer = known?.Peer ?? new StoredPeer(peerEvent.Username, peerEvent.PeerId, Online: false, now, peerEvent.Unlisted);
            if (peerEvent.Kind == PeerEventTypes.Left)
                Put(new Entry(peer with { Online = false }, TokenHash: null, OwnNews: false));
            else if (known is { OwnNews: true })
                Put(known with { OwnNews = false });
            else
                // It registered at another replica; its new record is known here once somebody looks it up.
                Put(new Entry(peer with { Online = true, LastSeen = now, Unlisted = peerEvent.Unlisted, Signed = null }, TokenHash: null, OwnNews: false));
        }
    }

    public void Forget(string username)
    {
        lock (_gate)
            Remove(username);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _peers.Clear();
            _listed.Clear();
            _offline.Clear();
        }
    }

    public StoredPeer? Find(string username)
    {
        lock (_gate)
            return _peers.GetValueOrDefault(username)?.Peer;
    }

    /// <summary>Null where this replica cannot tell, because another gave the token out.</summary>
    public bool? Holds(LeaseToken token)
    {
        lock (_gate)
            return _peers.GetValueOrDefault(token.Username.Value)?.TokenHash is { } hash ? hash == token.Hash : null;
    }

    public PeerPage List(string? after, int limit)
    {
        lock (_gate)
        {
            var peers = new List<StoredPeer>();
            foreach (var name in _listed.GetViewBetween(after ?? "", "~"))
            {
                if (name == after)
                    continue;
                if (peers.Count == limit)
                    return new PeerPage(peers, HasMore: true);
                peers.Add(_peers[name].Peer);
            }

            return new PeerPage(peers, HasMore: false);
        }
    }

    // A name that changed hands is another peer.
    private Entry? Known(string username, string peerId) =>
        _peers.TryGetValue(username, out var known) && known.Peer.PeerId == peerId ? known : null;

    private void Put(Entry entry)
    {
        var (name, capacity) = (entry.Peer.Username, options.Value.LastKnownPeers);
        if (!_peers.ContainsKey(name) && _peers.Count >= capacity)
        {
            if (!entry.Peer.Online || _offline.Min is not { } longGone)
                return;
            Remove(longGone);
        }

        _peers[name] = entry;
        _ = entry.Peer.Unlisted ? _listed.Remove(name) : _listed.Add(name);
        _ = entry.Peer.Online ? _offline.Remove(name) : _offline.Add(name);
    }

    private void Remove(string name)
    {
        _peers.Remove(name);
        _listed.Remove(name);
        _offline.Remove(name);
    }
}

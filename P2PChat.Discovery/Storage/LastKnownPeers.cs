using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// The peers as this replica last saw them, for when the store is unavailable. Filled by registrations, lookups and
/// lists, and updated by events. When it is full, offline peers are evicted; if there are none, new peers are not
/// added.
/// </summary>
internal sealed class LastKnownPeers(IOptions<DirectoryOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _peers = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _offline = new(StringComparer.Ordinal);

    private sealed record Entry(StoredPeer Peer, string? TokenHash);

    /// <summary>
    /// Records a peer as read from the store. A record that was not read is kept if it is still current.
    /// </summary>
    public void Observe(StoredPeer peer)
    {
        lock (_gate)
        {
            var known = Known(peer.Username, peer.PeerId);
            if (known is not null && peer.Sequence == 0)
            {
                peer = peer with { Sequence = known.Peer.Sequence, Unlisted = known.Peer.Unlisted };
            }

            var isCurrent = known is not null && known.Peer.Sequence == peer.Sequence;
            Put(
                new Entry(
                    peer with
                    {
                        Signed = peer.Signed ?? (isCurrent ? known!.Peer.Signed : null),
                        ObservedAddress = peer.ObservedAddress
                            ?? (isCurrent && peer.Signed is null && peer.Online ? known!.Peer.ObservedAddress : null),
                    },
                    isCurrent ? known!.TokenHash : null
                )
            );
        }
    }

    public void Registered(StoredPeer peer, string tokenHash)
    {
        lock (_gate)
        {
            Put(new Entry(peer, tokenHash));
        }
    }

    public void Renewed(string username, DateTimeOffset lastSeen, string tokenHash)
    {
        lock (_gate)
        {
            if (_peers.TryGetValue(username, out var known))
            {
                Put(new Entry(known.Peer with { Online = true, LastSeen = lastSeen }, tokenHash));
            }
        }
    }

    /// <summary>Updates a peer from an event.</summary>
    public void Apply(PeerEvent peerEvent, DateTimeOffset now)
    {
        lock (_gate)
        {
            var known = Known(peerEvent.Username, peerEvent.PeerId);
            // This replica has already registered a newer record.
            if (known?.Peer.Sequence > peerEvent.Sequence && SignedRecord.IsBinding((ulong)known.Peer.Sequence, now))
            {
                return;
            }

            var online = peerEvent.Kind != PeerEventTypes.Left;
            var isCurrent = known?.Peer.Sequence == peerEvent.Sequence;
            Put(
                new Entry(
                    new StoredPeer(
                        peerEvent.Username,
                        peerEvent.PeerId,
                        online,
                        known is null || online && !isCurrent ? now : known.Peer.LastSeen,
                        peerEvent.Sequence,
                        peerEvent.Unlisted,
                        // A newer record registered through another replica is known here after the next lookup.
                        isCurrent || !online
                            ? known?.Peer.Signed
                            : null,
                        isCurrent && online ? known!.Peer.ObservedAddress : null
                    ),
                    online && isCurrent ? known!.TokenHash : null
                )
            );
        }
    }

    public void Forget(string username)
    {
        lock (_gate)
        {
            Remove(username);
        }
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
        {
            return _peers.GetValueOrDefault(username)?.Peer;
        }
    }

    /// <returns>Whether the token holds; null if unknown, because another replica issued it.</returns>
    public bool? Holds(LeaseToken token)
    {
        lock (_gate)
        {
            return _peers.GetValueOrDefault(token.Username.Value)?.TokenHash is { } hash ? hash == token.Hash : null;
        }
    }

    public PeerPage List(string? after, int limit)
    {
        lock (_gate)
        {
            var peers = new List<StoredPeer>();
            foreach (var name in _listed.GetViewBetween(after ?? "", "~"))
            {
                if (name == after)
                {
                    continue;
                }

                if (peers.Count == limit)
                {
                    return new PeerPage(peers, HasMore: true);
                }

                peers.Add(_peers[name].Peer);
            }

            return new PeerPage(peers, HasMore: false);
        }
    }

    // A name with another key is another peer.
    private Entry? Known(string username, string peerId) =>
        _peers.TryGetValue(username, out var known) && known.Peer.PeerId == peerId ? known : null;

    private void Put(Entry entry)
    {
        var (name, capacity) = (entry.Peer.Username, options.Value.LastKnownPeers);
        if (_peers.TryGetValue(name, out var before))
        {
            // The usual case, a renewal: the indexes do not change.
            if (before.Peer.Online == entry.Peer.Online && before.Peer.Unlisted == entry.Peer.Unlisted)
            {
                _peers[name] = entry;
                return;
            }
        }
        else if (_peers.Count >= capacity)
        {
            if (!entry.Peer.Online || _offline.Min is not { } evicted)
            {
                return;
            }

            Remove(evicted);
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

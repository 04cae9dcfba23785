using Microsoft.Extensions.Options;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

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

    private sealed record Entry(StoredPeer Peer, string? TokenHash);

    /// <summary>A peer as the store has it. A record that was not read is kept where it is still the last one.</summary>
    public void Saw(StoredPeer peer)
    {
        lock (_gate)
        {
            var known = Known(peer.Username, peer.PeerId);
            if (known is not null && peer.Sequence == 0)
            {
                peer = peer with { Sequence = known.Peer.Sequence, Unlisted = known.Peer.Unlisted };
            }

            var isLast = known is not null && known.Peer.Sequence == peer.Sequence;
            Put(
                new Entry(
                    peer with
                    {
                        Signed = peer.Signed ?? (isLast ? known!.Peer.Signed : null),
                    },
                    isLast ? known!.TokenHash : null
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

    public void Apply(PeerEvent peerEvent, DateTimeOffset now)
    {
        lock (_gate)
        {
            var known = Known(peerEvent.Username, peerEvent.PeerId);
            // What this replica registered itself it knows better than the event.
            if (known?.Peer.Sequence > peerEvent.Sequence && SignedRecord.IsBinding((ulong)known.Peer.Sequence, now))
            {
                return;
            }

            var online = peerEvent.Kind != PeerEventTypes.Left;
            var isLast = known?.Peer.Sequence == peerEvent.Sequence;
            Put(
                new Entry(
                    new StoredPeer(
                        peerEvent.Username,
                        peerEvent.PeerId,
                        online,
                        known is null || online && !isLast ? now : known.Peer.LastSeen,
                        peerEvent.Sequence,
                        peerEvent.Unlisted,
                        // A newer record that went through another replica is known here once somebody looks it up.
                        isLast || !online
                            ? known?.Peer.Signed
                            : null
                    ),
                    online && isLast ? known!.TokenHash : null
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

    /// <summary>Null where this replica cannot tell, because another gave the token out.</summary>
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

    // A name that changed hands is another peer.
    private Entry? Known(string username, string peerId) =>
        _peers.TryGetValue(username, out var known) && known.Peer.PeerId == peerId ? known : null;

    private void Put(Entry entry)
    {
        var (name, capacity) = (entry.Peer.Username, options.Value.LastKnownPeers);
        if (_peers.TryGetValue(name, out var before))
        {
            // As all renewals are: nothing of it is in the order of names.
            if (before.Peer.Online == entry.Peer.Online && before.Peer.Unlisted == entry.Peer.Unlisted)
            {
                _peers[name] = entry;
                return;
            }
        }
        else if (_peers.Count >= capacity)
        {
            if (!entry.Peer.Online || _offline.Min is not { } longGone)
            {
                return;
            }

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

using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Events that wait for others. Each member has a quota and all non-members share one, so hostile events cannot
/// displace those of others.
/// </summary>
internal sealed class PendingEvents
{
    private readonly Dictionary<RoomEventId, Entry> _entries = [];
    private readonly Dictionary<RoomEventId, HashSet<RoomEventId>> _waiting = [];
    private readonly Dictionary<PeerId, Account> _accounts = [];

    private sealed record Entry(RoomEvent Event, PeerId From, PeerId Account, IReadOnlyList<RoomEventId> Missing);

    private sealed class Account
    {
        public List<RoomEventId> Ids { get; } = [];
        public long Bytes { get; set; }

        public bool HasPlaceFor(RoomEvent roomEvent) =>
            Ids.Count < RoomLimits.WaitingPerAuthor && Bytes + roomEvent.Size <= RoomLimits.WaitingBytesPerAuthor;
    }

    public int Count => _entries.Count;

    /// <summary>The events that others wait for.</summary>
    public IEnumerable<RoomEventId> Missing => _waiting.Keys;

    public bool Contains(RoomEventId id) => _entries.ContainsKey(id);

    /// <summary>Whether an event waits for this one.</summary>
    public bool IsMissing(RoomEventId id) => _waiting.ContainsKey(id);

    public RoomEvent? Find(RoomEventId id) => _entries.GetValueOrDefault(id)?.Event;

    /// <summary>The peer that sent an event; the default if it does not wait.</summary>
    public PeerId SenderOf(RoomEventId id) => _entries.GetValueOrDefault(id)?.From ?? default;

    /// <summary>The account on which an event waits; null if it does not.</summary>
    public PeerId? AccountOf(RoomEventId id) => _entries.GetValueOrDefault(id)?.Account;

    /// <summary>The messages of an author that wait.</summary>
    public IEnumerable<RoomEvent> MessagesOf(PeerId author) =>
        _entries.Values.Select(entry => entry.Event).Where(one => !one.IsMembership && one.Author == author);

    public IReadOnlyList<RoomEventId> MissingOf(RoomEventId id) => _entries[id].Missing;

    /// <summary>The last message of an author's chain that waits; null if there is none.</summary>
    public RoomEvent? LastMessageOf(PeerId author)
    {
        var own = MessagesOf(author);
        var followed = own.Select(one => one.Previous).ToHashSet();
        return own.FirstOrDefault(one => !followed.Contains(one.Id));
    }

    /// <summary>Keeps an event.</summary>
    /// <param name="account">The author or sender, whichever is a member; otherwise the default.</param>
    /// <param name="evicted">Other events that were dropped for it.</param>
    /// <returns>False if there is no space for it.</returns>
    public bool TryAdd(
        RoomEvent roomEvent,
        PeerId from,
        PeerId account,
        IReadOnlyList<RoomEventId> missing,
        out IReadOnlyList<RoomEventId> evicted
    )
    {
        List<RoomEventId> dropped = [];
        evicted = dropped;
        if (!_accounts.TryGetValue(account, out var share))
        {
            share = new Account();
        }

        // Strangers have no right to their place, so the newest may be the one that matters.
        while (account == default && share.Ids.Count > 0 && !share.HasPlaceFor(roomEvent))
        {
            dropped.Add(share.Ids[0]);
            Remove(share.Ids[0]);
        }

        if (!share.HasPlaceFor(roomEvent))
        {
            return false;
        }

        if (_entries.Count >= RoomLimits.Waiting)
        {
            var largest = _accounts.Values.MaxBy(other => other.Ids.Count)!;
            if (largest.Ids.Count <= share.Ids.Count + 1)
            {
                return false;
            }

            dropped.Add(largest.Ids[^1]);
            Remove(largest.Ids[^1]);
        }

        _entries.Add(roomEvent.Id, new Entry(roomEvent, from, account, missing));
        share.Ids.Add(roomEvent.Id);
        share.Bytes += roomEvent.Size;
        _accounts[account] = share;
        foreach (var id in missing)
        {
            if (!_waiting.TryGetValue(id, out var waiting))
            {
                _waiting[id] = waiting = [];
            }

            _ = waiting.Add(roomEvent.Id);
        }

        return true;
    }

    /// <summary>Replaces an event by a copy with a body, or without one.</summary>
    /// <returns>False if there is no space for the body.</returns>
    public bool TryReplace(RoomEvent withBody)
    {
        var entry = _entries[withBody.Id];
        var share = _accounts[entry.Account];
        var bytes = share.Bytes + withBody.Size - entry.Event.Size;
        if (bytes > RoomLimits.WaitingBytesPerAuthor)
        {
            return false;
        }

        share.Bytes = bytes;
        _entries[withBody.Id] = entry with { Event = withBody };
        return true;
    }

    /// <summary>The events that wait for this one.</summary>
    public IReadOnlyList<RoomEvent> WaitingFor(RoomEventId id) =>
        [.. (_waiting.GetValueOrDefault(id) ?? []).Select(waiting => _entries[waiting].Event)];

    public void Remove(RoomEventId id)
    {
        if (!_entries.Remove(id, out var entry))
        {
            return;
        }

        var share = _accounts[entry.Account];
        _ = share.Ids.Remove(id);
        share.Bytes -= entry.Event.Size;
        if (share.Ids.Count == 0)
        {
            _ = _accounts.Remove(entry.Account);
        }

        foreach (var missing in entry.Missing)
        {
            _ = _waiting[missing].Remove(id);
            if (_waiting[missing].Count == 0)
            {
                _ = _waiting.Remove(missing);
            }
        }
    }
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Events that wait for others. Each author has a share, and peers that are no members have one together, so that a
/// liar's events never displace those of others.
/// </summary>
internal sealed class PendingEvents
{
    private readonly Dictionary<RoomEventId, Entry> _entries = [];
    private readonly Dictionary<RoomEventId, HashSet<RoomEventId>> _waiting = [];
    private readonly Dictionary<PeerId, List<Entry>> _byAccount = [];

    private sealed record Entry(RoomEvent Event, PeerId Account, IReadOnlyList<RoomEventId> Missing);

    public int Count => _entries.Count;

    /// <summary>The events that others wait for.</summary>
    public IEnumerable<RoomEventId> Missing => _waiting.Keys;

    public bool Contains(RoomEventId id) => _entries.ContainsKey(id);

    /// <summary>Whether an event waits for this one.</summary>
    public bool IsMissing(RoomEventId id) => _waiting.ContainsKey(id);

    /// <summary>Whether an event of another author waits for this one.</summary>
    public bool IsNeededByOthers(RoomEvent roomEvent) =>
        WaitingFor(roomEvent.Id).Any(waiting => waiting.Author != roomEvent.Author);

    public RoomEvent? Find(RoomEventId id) => _entries.GetValueOrDefault(id)?.Event;

    public IReadOnlyList<RoomEventId> MissingOf(RoomEventId id) => _entries[id].Missing;

    /// <summary>Keeps an event.</summary>
    /// <param name="account">The author if a member; otherwise the default.</param>
    /// <param name="evicted">Another event that was dropped for it.</param>
    /// <returns>False if there is no room for it.</returns>
    public bool TryAdd(
        RoomEvent roomEvent,
        PeerId account,
        IReadOnlyList<RoomEventId> missing,
        out RoomEventId? evicted
    )
    {
        evicted = null;
        var share = ShareOf(account);
        if (
            share.Count >= RoomLimits.WaitingPerAuthor
            || share.Sum(entry => (long)Size(entry.Event)) + Size(roomEvent) > RoomLimits.WaitingBytesPerAuthor
        )
        {
            return false;
        }

        if (_entries.Count >= RoomLimits.Waiting)
        {
            var largest = _byAccount.Values.MaxBy(entries => entries.Count)!;
            if (largest.Count <= share.Count + 1)
            {
                return false;
            }

            evicted = largest[^1].Event.Id;
            Remove(evicted.Value);
        }

        var added = new Entry(roomEvent, account, missing);
        _entries.Add(roomEvent.Id, added);
        share.Add(added);
        _byAccount[account] = share;
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

    /// <summary>The events that wait for this one.</summary>
    public IReadOnlyList<RoomEvent> WaitingFor(RoomEventId id) =>
        [.. (_waiting.GetValueOrDefault(id) ?? []).Select(waiting => _entries[waiting].Event)];

    public void Remove(RoomEventId id)
    {
        if (!_entries.Remove(id, out var entry))
        {
            return;
        }

        _ = _byAccount[entry.Account].Remove(entry);
        if (_byAccount[entry.Account].Count == 0)
        {
            _ = _byAccount.Remove(entry.Account);
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

    private List<Entry> ShareOf(PeerId account) => _byAccount.GetValueOrDefault(account) ?? [];

    private static int Size(RoomEvent roomEvent) => roomEvent.Body?.Length ?? 0;
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// What this peer lacks although nothing waits for it: events that messages were placed without, bodies that were left
/// out, and messages that a removal has seen. Bounded for each author who has named them, so that a liar makes this
/// peer forget only what the liar has named.
/// </summary>
internal sealed class MissingEvents(RoomLog log)
{
    private const int Max = 256;

    private readonly Shares _lost = new();
    private readonly Shares _bodies = new();

    /// <summary>What to ask for.</summary>
    public IEnumerable<RoomEventId> All =>
        log.Pending.Missing.Concat(Wanted).Concat(_lost.All).Concat(_bodies.All).Where(IsWanted);

    private IEnumerable<RoomEventId> Wanted =>
        log.Removals.Wanted.GroupBy(one => one.By, one => one.Id).SelectMany(ids => ids.Take(Max));

    /// <summary>A message is placed without these.</summary>
    /// <returns>Whether any of them was not lost before.</returns>
    public bool Lose(IEnumerable<RoomEventId> missing, PeerId author)
    {
        var hasGrown = false;
        foreach (var id in missing.Where(id => log.Membership.Find(id) is null))
        {
            hasGrown |= _lost.Add(author, id, out var forgotten);
            // It is not asked for again, so nothing may wait for it.
            if (forgotten is { } old)
            {
                log.Past.Decline(old);
            }
        }

        return hasGrown;
    }

    /// <summary>A message has come without its body, and its author has not deleted it.</summary>
    public void LoseBody(RoomEvent message) => _bodies.Add(message.Author, message.Id, out _);

    public void Remove(RoomEventId id)
    {
        _lost.Remove(id);
        _bodies.Remove(id);
    }

    /// <summary>Whether the event, or its body, is unknown.</summary>
    public bool IsUnknown(RoomEventId id) =>
        log.Find(id) is { } known ? known.Body is null && _bodies.Contains(id) : !log.Pending.Contains(id);

    /// <summary>Whether somebody needs what is unknown, so that it is worth remembering who was asked.</summary>
    public bool IsWanted(RoomEventId id) =>
        IsUnknown(id)
        && (log.Pending.IsMissing(id) || _lost.Contains(id) || _bodies.Contains(id) || log.Removals.IsWanted(id));

    /// <summary>Ids with the author who named each first. The oldest of each author give way to newer ones.</summary>
    private sealed class Shares
    {
        private readonly Dictionary<RoomEventId, PeerId> _authors = [];
        private readonly Dictionary<PeerId, List<RoomEventId>> _ids = [];

        public IEnumerable<RoomEventId> All => _authors.Keys;

        public bool Contains(RoomEventId id) => _authors.ContainsKey(id);

        /// <returns>Whether it is new.</returns>
        public bool Add(PeerId author, RoomEventId id, out RoomEventId? forgotten)
        {
            forgotten = null;
            if (!_authors.TryAdd(id, author))
            {
                return false;
            }

            if (!_ids.TryGetValue(author, out var ids))
            {
                _ids[author] = ids = [];
            }

            ids.Add(id);
            if (ids.Count > Max)
            {
                forgotten = ids[0];
                Remove(ids[0]);
            }

            return true;
        }

        public void Remove(RoomEventId id)
        {
            if (_authors.Remove(id, out var author))
            {
                _ = _ids[author].Remove(id);
            }
        }
    }
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// The events that this peer lacks: whom to ask for them, and when messages stop waiting for them. Bounded, because
/// anybody can name events that do not exist.
/// </summary>
internal sealed class RoomGaps(RoomLog log)
{
    private const int MaxLost = 1024;

    private readonly HeadQuestions _heads = new();
    private readonly Dictionary<RoomEventId, Wait> _waits = [];
    private readonly Dictionary<RoomEventId, HashSet<PeerId>> _asked = [];
    private readonly List<RoomEventId> _lost = [];
    private DateTimeOffset _askedAt;

    private sealed record Wait(PeerId From, DateTimeOffset Until, HashSet<RoomEventId> Unavailable);

    /// <summary>When <see cref="Due"/> has something to do; null if nothing is missing.</summary>
    public DateTimeOffset? Deadline =>
        _waits.Count == 0
            ? _heads.Deadline
            : Min(
                _waits.Values.Min(wait => wait.Until),
                Min(_askedAt + RoomLimits.MessageWait, _heads.Deadline ?? DateTimeOffset.MaxValue)
            );

    /// <summary>An event waits for others.</summary>
    /// <returns>What to ask its sender for.</returns>
    public IReadOnlyList<RoomEventId> Add(RoomEventId id, PeerId from, DateTimeOffset now)
    {
        _waits[id] = new Wait(from, now + RoomLimits.MessageWait, []);
        return Ask(from, log.Pending.MissingOf(id).Where(missing => !_asked.ContainsKey(missing)));
    }

    /// <summary>An event was waiting when this peer stopped. It waits no longer for messages.</summary>
    public void Restore(RoomEventId id) => _waits[id] = new Wait(default, default, []);

    /// <summary>A member has named its heads.</summary>
    /// <returns>What to ask it for. Others have been asked for the rest just now.</returns>
    public IReadOnlyList<RoomEventId> AskForHeads(
        PeerId member,
        IReadOnlyList<RoomEventId> heads,
        DateTimeOffset now
    ) => Ask(member, heads.Where(IsUnknown).Where(id => _heads.Add(id, member, now)));

    /// <summary>An event waits no longer.</summary>
    public void Remove(RoomEventId id)
    {
        _heads.Remove(id);
        _ = _waits.Remove(id);
        _ = _asked.Remove(id);
        _ = _lost.Remove(id);
    }

    /// <summary>A message is placed without these.</summary>
    public void Lose(IEnumerable<RoomEventId> missing)
    {
        _lost.AddRange(missing.Where(id => !_lost.Contains(id)));
        _lost.RemoveRange(0, Math.Max(0, _lost.Count - MaxLost));
    }

    /// <summary>Asks a member for what is missing, whoever was asked before.</summary>
    public IReadOnlyList<RoomEventId> AskAgain(PeerId member) =>
        Ask(
            member,
            log.Pending.Missing.Concat(_lost)
                .OrderBy(id => _asked.GetValueOrDefault(id)?.Contains(member) ?? false)
                .ThenBy(id => _asked.GetValueOrDefault(id)?.Count ?? 0)
        );

    /// <summary>Notes that a member was asked.</summary>
    /// <returns>As many of the ids as one question may have.</returns>
    public IReadOnlyList<RoomEventId> Ask(PeerId member, IEnumerable<RoomEventId> ids)
    {
        RoomEventId[] asked = [.. ids.Distinct().Where(IsUnknown).Take(RoomLimits.Asked)];
        foreach (var id in asked.Where(IsWanted))
        {
            if (!_asked.TryGetValue(id, out var members))
            {
                _asked[id] = members = [];
            }

            _ = members.Add(member);
        }

        return asked;
    }

    /// <summary>The messages to place without what the member who sent them does not give.</summary>
    public IReadOnlyList<RoomEventId> Unavailable(PeerId from, IReadOnlyList<RoomEventId> ids)
    {
        List<RoomEventId> released = [];
        foreach (var (id, wait) in _waits.Where(entry => entry.Value.From == from))
        {
            var missing = log.Pending.MissingOf(id);
            wait.Unavailable.UnionWith(ids.Where(missing.Contains));
            if (missing.Count > 0 && missing.All(wait.Unavailable.Contains))
            {
                released.Add(id);
            }
        }

        return released;
    }

    /// <summary>The messages that have waited for long enough.</summary>
    public IReadOnlyList<RoomEventId> Expired(DateTimeOffset now)
    {
        RoomEventId[] expired = [.. _waits.Where(entry => entry.Value.Until <= now).Select(entry => entry.Key)];
        foreach (var id in expired)
        {
            // An event that still lacks its membership events waits on, and is not looked at all the time.
            _waits[id] = _waits[id] with { Until = now + RoomLimits.MessageWait };
        }

        return expired;
    }

    /// <summary>Whom to ask for what, once in a while: each missing event, one member after the other.</summary>
    public IReadOnlyList<(PeerId Member, IReadOnlyList<RoomEventId> Ids)> Due(
        IReadOnlyList<PeerId> members,
        DateTimeOffset now
    )
    {
        var heads = _heads.Due(now);
        if (now < _askedAt + RoomLimits.MessageWait)
        {
            return [.. heads.Select(due => (due.Member, Ask(due.Member, due.Ids)))];
        }

        _askedAt = now;
        foreach (var id in _asked.Keys.Where(id => !IsWanted(id)).ToList())
        {
            _ = _asked.Remove(id);
        }

        return
        [
            .. log
                .Pending.Missing.Select(id => (Id: id, Member: NextFor(id, members)))
                .Where(question => question.Member is not null)
                .GroupBy(question => question.Member!.Value, question => question.Id)
                .Select(group => (group.Key, Ask(group.Key, group))),
            .. heads.Select(due => (due.Member, Ask(due.Member, due.Ids))),
        ];
    }

    private PeerId? NextFor(RoomEventId id, IReadOnlyList<PeerId> members)
    {
        var asked = _asked.GetValueOrDefault(id);
        return members.Where(member => asked?.Contains(member) != true).Cast<PeerId?>().FirstOrDefault();
    }

    private bool IsUnknown(RoomEventId id) => log.Find(id) is null && !log.Pending.Contains(id);

    private bool IsWanted(RoomEventId id) => log.Pending.IsMissing(id) || _lost.Contains(id);

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

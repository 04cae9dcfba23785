using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// The events that this peer lacks: whom to ask for them, and when messages stop waiting for them. Bounded, because
/// anybody can name events that do not exist.
/// </summary>
internal sealed class RoomGaps(RoomLog log)
{
    private readonly HeadQuestions _heads = new();
    private readonly MissingEvents _missing = new(log);
    private readonly Dictionary<RoomEventId, Wait> _waits = [];
    private readonly Dictionary<RoomEventId, Asked> _asked = [];
    private readonly HashSet<PeerId> _answering = [];
    private DateTimeOffset _askedAt;
    private DateTimeOffset _roundAt;
    private bool _isLacking;
    private bool _hasMoreToAsk;

    private sealed class Asked
    {
        public HashSet<PeerId> Members { get; } = [];
        public int Times { get; set; }
    }

    private sealed record Wait(PeerId From, DateTimeOffset Until, HashSet<RoomEventId> Unavailable);

    /// <summary>When <see cref="Due"/> has something to do; null if nothing is missing.</summary>
    public DateTimeOffset? Deadline
    {
        get
        {
            var deadline = _heads.Deadline;
            if (_waits.Count > 0)
            {
                deadline = Min(deadline, _waits.Values.Min(wait => wait.Until));
            }

            return _hasMoreToAsk ? Min(deadline, _askedAt + RoomLimits.MessageWait)
                : _isLacking ? Min(deadline, _roundAt + RoomLimits.AskAgain)
                : deadline;
        }
    }

    /// <summary>An event waits for others.</summary>
    /// <returns>What to ask its sender for.</returns>
    public IReadOnlyList<RoomEventId> Add(RoomEventId id, PeerId from, DateTimeOffset now)
    {
        _waits[id] = new Wait(from, now + RoomLimits.MessageWait, []);
        _hasMoreToAsk = true;
        return Ask(from, log.Pending.MissingOf(id).Where(missing => !_asked.ContainsKey(missing)));
    }

    /// <summary>An event was waiting when this peer stopped.</summary>
    public void Restore(RoomEventId id) => _waits[id] = new Wait(default, default, []);

    /// <summary>A member has named its heads.</summary>
    /// <returns>What to ask it for. Others have been asked for the rest just now.</returns>
    public IReadOnlyList<RoomEventId> AskForHeads(PeerId member, IReadOnlyList<RoomEventId> heads, DateTimeOffset now)
    {
        var hasAnswered = _answering.Remove(member);
        return Ask(
            member,
            heads.Where(_missing.IsUnknown).Where(id => _heads.Add(id, member, hasAnswered, now)).Take(RoomLimits.Asked)
        );
    }

    /// <summary>A member has sent something new, so that it can be asked for more.</summary>
    public void Answered(PeerId member) => _ = _answering.Add(member);

    /// <summary>An event waits no longer, or has its body.</summary>
    public void Remove(RoomEventId id)
    {
        _heads.Remove(id);
        _missing.Remove(id);
        _ = _waits.Remove(id);
        _ = _asked.Remove(id);
    }

    /// <summary>A message is placed without these.</summary>
    /// <param name="author">Who has named them.</param>
    public void Lose(IEnumerable<RoomEventId> missing, PeerId author) =>
        _hasMoreToAsk |= _missing.Lose(missing, author);

    /// <summary>A message has come without its body, and its author has not deleted it.</summary>
    public void LoseBody(RoomEvent message)
    {
        _missing.LoseBody(message);
        _hasMoreToAsk = true;
    }

    /// <summary>A removal may have seen messages that are unknown.</summary>
    public void Look() => _hasMoreToAsk |= log.Removals.Wanted.Any();

    /// <summary>Asks a member for what is missing, whoever was asked before.</summary>
    public IReadOnlyList<RoomEventId> AskAgain(PeerId member) =>
        Ask(
            member,
            _missing
                .All.Distinct()
                // A liar can name any number of events that do not exist.
                .OrderBy(id => _asked.GetValueOrDefault(id)?.Times ?? 0)
        );

    /// <summary>Notes that a member was asked.</summary>
    /// <returns>As many of the ids as one question may have.</returns>
    public IReadOnlyList<RoomEventId> Ask(PeerId member, IEnumerable<RoomEventId> ids)
    {
        RoomEventId[] asked = [.. ids.Distinct().Where(_missing.IsUnknown).Take(RoomLimits.Asked)];
        foreach (var id in asked.Where(_missing.IsWanted))
        {
            if (!_asked.TryGetValue(id, out var others))
            {
                _asked[id] = others = new Asked();
            }

            _ = others.Members.Add(member);
            others.Times++;
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

    /// <summary>Takes a decline as true only if the member was asked.</summary>
    public bool WasAsked(PeerId member, RoomEventId id) =>
        _asked.GetValueOrDefault(id)?.Members.Contains(member) == true;

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
        var due = _heads.Due(now).Select(due => (due.Member, Ask(due.Member, due.Ids))).ToList();
        if (now < _askedAt + RoomLimits.MessageWait)
        {
            return due;
        }

        _askedAt = now;
        BeginRound(now);
        foreach (var id in _asked.Keys.Where(id => !_missing.IsWanted(id)).ToList())
        {
            _ = _asked.Remove(id);
        }

        var next = _missing
            .All.Distinct()
            .Where(id => !_heads.Contains(id))
            .Select(id => (Id: id, Member: NextFor(id, members)))
            .Where(question => question.Member is not null)
            .ToList();
        _hasMoreToAsk = next.Count > 0;
        _isLacking = _missing.All.Any(id => !log.Past.IsDeclined(id));
        due.AddRange(
            next.GroupBy(question => question.Member!.Value, question => question.Id)
                .Select(group => (group.Key, Ask(group.Key, group)))
        );
        return due;
    }

    // A member may have been away when it was asked, or its answer was lost.
    private void BeginRound(DateTimeOffset now)
    {
        if (_roundAt == default)
        {
            _roundAt = now;
        }

        if (now >= _roundAt + RoomLimits.AskAgain)
        {
            _roundAt = now;
            foreach (var (_, asked) in _asked.Where(entry => !log.Past.IsDeclined(entry.Key)))
            {
                asked.Members.Clear();
            }
        }
    }

    private PeerId? NextFor(RoomEventId id, IReadOnlyList<PeerId> members)
    {
        var asked = _asked.GetValueOrDefault(id)?.Members;
        return members.Where(member => asked?.Contains(member) != true).Cast<PeerId?>().FirstOrDefault();
    }

    private static DateTimeOffset Min(DateTimeOffset? one, DateTimeOffset other) =>
        one is { } time && time < other ? time : other;
}

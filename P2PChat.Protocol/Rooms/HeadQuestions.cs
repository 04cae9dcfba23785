using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Which members have named unknown heads, and who was asked for each. One member at a time is asked: all have the same
/// events, and each would send all of them. Bounded for each member, so that a liar makes this peer forget only heads
/// that nobody else has named.
/// </summary>
internal sealed class HeadQuestions
{
    private const int Max = 8192;
    private const int MaxOfMember = 64;
    private const int MaxOthers = 8;

    private readonly Dictionary<RoomEventId, Question> _questions = [];

    // The heads that count for each member, the oldest first.
    private readonly Dictionary<PeerId, List<RoomEventId>> _shares = [];

    private sealed class Question(PeerId asked, DateTimeOffset now)
    {
        /// <summary>The member who was asked last, and those who can be asked after it.</summary>
        public List<PeerId> Members { get; } = [asked];

        public DateTimeOffset AskedAt { get; set; } = now;

        /// <summary>The index of the member for whom the head counts.</summary>
        public int Owner { get; set; }
    }

    /// <summary>When <see cref="Due"/> has something to do; null if nothing was asked.</summary>
    public DateTimeOffset? Deadline =>
        _questions.Count == 0 ? null : _questions.Values.Min(question => question.AskedAt) + RoomLimits.MessageWait;

    public bool Contains(RoomEventId head) => _questions.ContainsKey(head);

    /// <param name="hasAnswered">Whether the member has sent events since it was asked, so that it can be asked
    /// for more.</param>
    /// <returns>Whether to ask the member now. If not, it is asked later, if nobody else answers.</returns>
    public bool Add(RoomEventId head, PeerId member, bool hasAnswered, DateTimeOffset now)
    {
        if (_questions.TryGetValue(head, out var known))
        {
            if (known.Members[0] == member && hasAnswered)
            {
                known.AskedAt = now;
                return true;
            }

            if (known.Members.Count <= MaxOthers && !known.Members.Contains(member))
            {
                known.Members.Add(member);
            }

            return false;
        }

        if (_questions.Count >= Max)
        {
            Remove(_shares.Values.MaxBy(share => share.Count)![0]);
        }

        var question = new Question(member, now);
        _questions.Add(head, question);
        Count(head, question);
        return true;
    }

    public void Remove(RoomEventId head)
    {
        if (_questions.Remove(head, out var question))
        {
            Uncount(head, question);
        }
    }

    /// <summary>Whom to ask next, because those who were asked did not answer in time.</summary>
    public IReadOnlyList<(PeerId Member, IReadOnlyList<RoomEventId> Ids)> Due(DateTimeOffset now)
    {
        List<(RoomEventId Id, PeerId Member)> next = [];
        foreach (
            var (id, question) in _questions
                .Where(entry => entry.Value.AskedAt + RoomLimits.MessageWait <= now)
                .ToList()
        )
        {
            // It may have given way to another one just now.
            if (!_questions.ContainsKey(id))
            {
                continue;
            }

            Uncount(id, question);
            question.Members.RemoveAt(0);
            // A member that has the event names it again when it is next reachable.
            if (question.Members.Count == 0)
            {
                _ = _questions.Remove(id);
                continue;
            }

            (question.AskedAt, question.Owner) = (now, Math.Max(0, question.Owner - 1));
            Count(id, question);
            next.Add((id, question.Members[0]));
        }

        return
        [
            .. next.GroupBy(one => one.Member, one => one.Id)
                .Select(group => (group.Key, (IReadOnlyList<RoomEventId>)[.. group])),
        ];
    }

    // The oldest head of a member gives way to a newer one, and counts for the next member who has named it.
    private void Count(RoomEventId head, Question question)
    {
        while (true)
        {
            var owner = question.Members[question.Owner];
            if (!_shares.TryGetValue(owner, out var share))
            {
                _shares[owner] = share = [];
            }

            share.Add(head);
            if (share.Count <= MaxOfMember)
            {
                return;
            }

            head = share[0];
            question = _questions[head];
            share.RemoveAt(0);
            if (++question.Owner == question.Members.Count)
            {
                _ = _questions.Remove(head);
                return;
            }
        }
    }

    private void Uncount(RoomEventId head, Question question)
    {
        var owner = question.Members[question.Owner];
        _ = _shares[owner].Remove(head);
        if (_shares[owner].Count == 0)
        {
            _ = _shares.Remove(owner);
        }
    }
}

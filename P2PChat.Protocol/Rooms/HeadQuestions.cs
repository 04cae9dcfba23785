using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Which members have named unknown heads, and who was asked for each. One member at a time is asked: all have the same
/// events, and each would send all of them. Bounded.
/// </summary>
internal sealed class HeadQuestions
{
    private const int Max = 1024;
    private const int MaxMembers = 8;

    private readonly Dictionary<RoomEventId, Question> _questions = [];

    private sealed record Question(PeerId Asked, DateTimeOffset AskedAt, Queue<PeerId> Others);

    /// <summary>When <see cref="Due"/> has something to do; null if nothing was asked.</summary>
    public DateTimeOffset? Deadline =>
        _questions.Count == 0 ? null : _questions.Values.Min(question => question.AskedAt) + RoomLimits.MessageWait;

    public bool Contains(RoomEventId head) => _questions.ContainsKey(head);

    /// <param name="hasAnswered">Whether the member has sent events since it was asked, so that it can be asked
    /// for more.</param>
    /// <returns>Whether to ask the member now. If not, it is asked later, if nobody else answers.</returns>
    public bool Add(RoomEventId head, PeerId member, bool hasAnswered, DateTimeOffset now)
    {
        if (_questions.TryGetValue(head, out var question))
        {
            if (question.Asked == member && hasAnswered)
            {
                _questions[head] = question with { AskedAt = now };
                return true;
            }

            if (question.Asked != member && question.Others.Count < MaxMembers && !question.Others.Contains(member))
            {
                question.Others.Enqueue(member);
            }

            return false;
        }

        if (_questions.Count >= Max)
        {
            _questions.Clear();
        }

        _questions.Add(head, new Question(member, now, []));
        return true;
    }

    public void Remove(RoomEventId head) => _ = _questions.Remove(head);

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
            // A member that has the event names it again when it is next reachable.
            if (question.Others.TryDequeue(out var member))
            {
                _questions[id] = question with { Asked = member, AskedAt = now };
                next.Add((id, member));
            }
            else
            {
                _ = _questions.Remove(id);
            }
        }

        return
        [
            .. next.GroupBy(one => one.Member, one => one.Id)
                .Select(group => (group.Key, (IReadOnlyList<RoomEventId>)[.. group])),
        ];
    }
}

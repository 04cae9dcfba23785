using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// How many events this peer looks at for the questions of each member: a short question can make it search the whole
/// room. Grows with time, and a search may use more than is left, so that in large rooms each member gets an answer now
/// and then.
/// </summary>
internal sealed class SearchBudget
{
    /// <summary>Events for the questions of one member at once.</summary>
    public const int Max = 50_000;

    /// <summary>Events for the questions of one member in a second.</summary>
    public const int PerSecond = 5_000;

    private readonly Dictionary<PeerId, (double Left, DateTimeOffset At)> _members = [];

    /// <summary>Whether to answer a question now.</summary>
    public bool HasLeft(PeerId member, DateTimeOffset now)
    {
        if (!_members.TryGetValue(member, out var budget))
        {
            _members[member] = budget = (Max, now);
        }

        var left = budget.Left + Math.Max(0, (now - budget.At).TotalSeconds) * PerSecond;
        _members[member] = budget = (Math.Min(Max, left), now);
        return budget.Left > 0;
    }

    public void Spend(PeerId member, int events)
    {
        var (left, at) = _members[member];
        _members[member] = (left - events, at);
    }
}

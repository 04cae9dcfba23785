using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// How many events this peer looks at for the questions of each member, or for its own questions to it: a short
/// question can make it search the whole room. Grows with time, and a search may use more than is left, so that in
/// large rooms each member gets an answer now and then.
/// </summary>
internal sealed class SearchBudget
{
    /// <summary>Events for one member at once.</summary>
    public const int Max = 50_000;

    /// <summary>Events for one member in a second.</summary>
    public const int PerSecond = 5_000;

    private readonly Dictionary<PeerId, (double Left, DateTimeOffset At)> _members = [];
    private DateTimeOffset _now;

    /// <summary>Time has passed.</summary>
    public void Advance(DateTimeOffset now) => _now = now;

    /// <summary>Whether to search now.</summary>
    public bool HasLeft(PeerId member) => LeftOf(member) > 0;

    /// <param name="events">How many events were looked at.</param>
    public void Spend(PeerId member, int events) => _members[member] = (LeftOf(member) - events, _now);

    private double LeftOf(PeerId member) =>
        _members.TryGetValue(member, out var budget)
            ? Math.Min(Max, budget.Left + Math.Max(0, (_now - budget.At).TotalSeconds) * PerSecond)
            : Max;
}

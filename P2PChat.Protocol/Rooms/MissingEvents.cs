namespace P2PChat.Protocol.Rooms;

/// <summary>
/// What this peer lacks although nothing waits for it: events that messages were placed without, bodies that were left
/// out, and messages that a removal has seen. Bounded.
/// </summary>
internal sealed class MissingEvents(RoomLog log)
{
    private const int Max = 1024;

    private readonly List<RoomEventId> _lost = [];
    private readonly List<RoomEventId> _bodies = [];

    /// <summary>What to ask for.</summary>
    public IEnumerable<RoomEventId> All =>
        log.Pending.Missing.Concat(log.Removals.Wanted.Take(Max)).Concat(_lost).Concat(_bodies).Where(IsWanted);

    /// <summary>A message is placed without these.</summary>
    /// <returns>Whether any of them was not lost before.</returns>
    public bool Lose(IEnumerable<RoomEventId> missing) => Add(_lost, missing);

    /// <summary>A message has come without its body, and its author has not deleted it.</summary>
    public void LoseBody(RoomEventId id) => Add(_bodies, [id]);

    public void Remove(RoomEventId id) => _ = _lost.Remove(id) | _bodies.Remove(id);

    /// <summary>Whether the event, or its body, is unknown.</summary>
    public bool IsUnknown(RoomEventId id) =>
        log.Find(id) is { } known ? known.Body is null && _bodies.Contains(id) : !log.Pending.Contains(id);

    /// <summary>Whether somebody needs what is unknown, so that it is worth to remember who was asked.</summary>
    public bool IsWanted(RoomEventId id) =>
        IsUnknown(id)
        && (
            log.Pending.IsMissing(id) || _lost.Contains(id) || _bodies.Contains(id) || log.Removals.Wanted.Contains(id)
        );

    private static bool Add(List<RoomEventId> list, IEnumerable<RoomEventId> ids)
    {
        var before = list.Count;
        list.AddRange(ids.Where(id => !list.Contains(id)));
        var hasGrown = list.Count > before;
        list.RemoveRange(0, Math.Max(0, list.Count - Max));
        return hasGrown;
    }
}

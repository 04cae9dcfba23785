using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Finds out when a room that was restored from a backup has what the other members have. Before that, this peer does
/// not know its own last events, so what it writes would be a fork. Guarded by <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomCatchUp
{
    // The members that are there have answered by then, or do not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly HashSet<RoomEventId> _heads = [];
    private DateTimeOffset? _since;

    /// <summary>A member has said what it has.</summary>
    public void OnHeads(IReadOnlyList<RoomEventId> heads, DateTimeOffset now)
    {
        _since ??= now;
        _heads.UnionWith(heads);
    }

    /// <summary>Whether this peer may write.</summary>
    public bool IsDone(RoomHost room, DateTimeOffset now)
    {
        var isAlone = !room.Machine.State.Members.Values.Any(member => member.HasJoined && member.Id != room.Self);
        return isAlone
            || (
                _since is { } since
                && (now - since >= Patience || _heads.All(id => room.Machine.Log.Find(id) is not null))
            );
    }
}

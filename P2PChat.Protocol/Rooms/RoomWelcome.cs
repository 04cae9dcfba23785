using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>Sends newcomers of a room what was before them.</summary>
internal sealed class RoomWelcome(PeerId self, RoomLog log, RoomCarrier carrier, Action<RoomEffect> emit)
{
    private readonly HashSet<RoomEventId> _welcomed = [];

    /// <summary>
    /// Whether an event is a peer's first join by its invite. Others are forks, and would make this peer send the whole
    /// room again.
    /// </summary>
    public bool IsFirstJoin(RoomEvent placed) =>
        placed.Kind == RoomEventKind.Join
        && log.Membership.Find(placed.Id) is { } join
        && _welcomed.Add(join.EnteredBy.Event.Id);

    /// <summary>Sends what was before, if this peer has invited the newcomer, or else only this peer's heads.</summary>
    public void Send(RoomEvent entry, PeerId newcomer)
    {
        if (log.State.Members.GetValueOrDefault(newcomer) is not { } member || !log.State.IsMember(self))
        {
            return;
        }

        if (member.Inviter == self)
        {
            // Those who are not contacts of the newcomer learn of it here first.
            if (entry.Kind == RoomEventKind.Join)
            {
                foreach (var other in carrier.Members.Where(other => other != newcomer))
                {
                    emit(new RoomEffect.Send(other, entry));
                }
            }

            foreach (var roomEvent in carrier.WelcomeFor(newcomer, entry.Id))
            {
                emit(new RoomEffect.Send(newcomer, roomEvent));
            }
        }

        if (entry.Kind == RoomEventKind.Join)
        {
            emit(new RoomEffect.SendHeads(newcomer, carrier.HeadsFor(newcomer)));
        }
    }
}

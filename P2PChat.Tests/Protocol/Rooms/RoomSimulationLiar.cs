using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// What a dishonest member does: forks, forged parents, going on after a removal, acts beyond its role.
/// </summary>
internal sealed class RoomSimulationLiar(RoomSimulation simulation, Random random)
{
    public void Act(SimulatedRoomPeer liar)
    {
        var log = liar.Machine.Log;
        if (log.Membership.Ordered.Count == 0)
        {
            return;
        }

        RoomEventId[] heads = [log.Membership.Ordered[random.Next(log.Membership.Ordered.Count)].Event.Id];
        var own = log.Messages.Of(liar.Id);
        RoomEventId? previous = own.Count > 0 ? own[random.Next(own.Count)].Event.Id : null;
        var forged = random.Next(5) switch
        {
            // A fork, or a message of a removed member who pretends not to know.
            0 or 1 => Message(log, liar.Number, [], heads, previous),
            2 => Message(log, liar.Number, [Random()], heads, previous),
            3 => RoomForgery.Membership(
                log,
                liar.Number,
                RoomEventKind.Remove,
                heads,
                subject: random.Next(simulation.Peers.Count)
            ),
            _ => RoomForgery.Membership(log, liar.Number, RoomEventKind.Leave, [Random()]),
        };
        simulation.Trace($"{liar.Number} forges {forged.Kind} {forged.Id}");
        foreach (var other in simulation.Peers.Where(other => other != liar && random.Next(2) == 0))
        {
            simulation.Inject(liar.Number, other.Number, forged);
        }
    }

    private RoomEvent Message(
        RoomLog log,
        int author,
        RoomEventId[] parents,
        RoomEventId[] heads,
        RoomEventId? previous
    ) => RoomForgery.Message(log, author, $"lie {random.Next(1000)}", parents, heads, previous);

    private RoomEventId Random()
    {
        var bytes = new byte[RoomEventId.Size];
        random.NextBytes(bytes);
        return new RoomEventId(bytes);
    }
}

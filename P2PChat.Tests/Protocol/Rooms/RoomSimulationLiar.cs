using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// What a dishonest member does: forks, forged parents, going on after a removal or a demotion, acts beyond its role, a
/// second hand-over, and answers that leave out bodies or events.
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

        // Any older state of the room, so also the one before a removal, demotion or hand-over.
        RoomEventId[] heads = [log.Membership.Ordered[random.Next(log.Membership.Ordered.Count)].Event.Id];
        var own = log.Messages.Of(liar.Id);
        RoomEventId? previous = own.Count > 0 ? own[random.Next(own.Count)].Event.Id : null;
        var subject = random.Next(simulation.Peers.Count);
        RoomEvent Membership(RoomEventKind kind, int? about = null, RoomRole role = RoomRole.None) =>
            RoomForgery.Membership(log, liar.Number, kind, heads, about, role: role);
        var forged = random.Next(11) switch
        {
            // A fork, or a message of a removed member who pretends not to know.
            0 or 1 => Message(log, liar.Number, [], heads, previous),
            2 => Message(log, liar.Number, [Random()], heads, previous),
            3 => Membership(RoomEventKind.Remove, subject),
            4 => Membership(RoomEventKind.Invite, subject),
            5 => Membership(RoomEventKind.Role, subject, (RoomRole)random.Next(1, 4)),
            6 => Membership(RoomEventKind.Role, subject, RoomRole.Owner),
            7 => Membership(RoomEventKind.Rename),
            8 => Membership(random.Next(2) == 0 ? RoomEventKind.Leave : RoomEventKind.Join),
            9 => Membership((RoomEventKind)12),
            _ => RoomForgery.Membership(log, liar.Number, RoomEventKind.Leave, [Random()]),
        };
        simulation.Trace($"{liar.Number} forges {forged.Kind} {forged.Id}");
        foreach (var other in simulation.Peers.Where(other => other != liar && random.Next(2) == 0))
        {
            simulation.Inject(liar.Number, other.Number, forged);
        }
    }

    /// <summary>What a liar sends instead of an answer.</summary>
    public RoomEffect Change(RoomEffect.Answer answer) =>
        random.Next(4) switch
        {
            0 => answer with { Events = [.. answer.Events.Select(WithoutBody)] },
            1 => answer with { Events = [.. answer.Events.Where(_ => random.Next(2) == 0)] },
            2 => new RoomEffect.Unavailable(answer.To, [.. answer.Events.Select(one => one.Id).TakeLast(32)]),
            _ => answer,
        };

    private static RoomEvent WithoutBody(RoomEvent roomEvent) =>
        roomEvent.IsMembership ? roomEvent : roomEvent.WithoutBody();

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

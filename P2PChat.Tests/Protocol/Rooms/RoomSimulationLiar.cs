using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// What a dishonest member does: forks, forged parents, parents of the other class, ancestors that come late, going on
/// after a removal, demotion or leave, acts beyond its role, hand-overs with a branch of their own, what another liar
/// has made, false heads and questions, answers that leave out bodies or events, edits and deletes of others' messages,
/// reactions that are no emoji, and floods of edits.
/// </summary>
internal sealed class RoomSimulationLiar(RoomSimulation simulation, Random random)
{
    private static readonly string[] NoEmojis = ["no emoji", "👍👍", "<b>", "\u202e👍"];

    // What liars have made, and ancestors of it that they have not shown yet.
    private readonly List<RoomEvent> _made = [];
    private readonly List<RoomEvent> _hidden = [];

    public void Act(SimulatedRoomPeer liar)
    {
        var log = liar.Machine.Log;
        if (log.Membership.Ordered.Count == 0)
        {
            return;
        }

        // Any older state of the room, so also the one before a removal, demotion, leave or hand-over. Or only what
        // liars have made, so that they build on each other's forks.
        RoomEventId[] heads = [log.Membership.Ordered[random.Next(log.Membership.Ordered.Count)].Event.Id];
        var branches = _made.Where(one => one.IsMembership).ToList();
        if (branches.Count > 0 && random.Next(3) == 0)
        {
            heads = [branches[random.Next(branches.Count)].Id];
        }

        var own = log.Messages.Of(liar.Id);
        RoomEventId? previous = own.Count > 0 ? own[random.Next(own.Count)].Event.Id : null;
        var subject = random.Next(simulation.Peers.Count);
        RoomEvent Membership(RoomEventKind kind, int? about = null, RoomRole role = RoomRole.None) =>
            RoomForgery.Membership(log, liar.Number, kind, heads, about, role: role);
        var forged = random.Next(20) switch
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
            10 => Message(log, liar.Number, [heads[0]], heads, heads[0]),
            11 => OnHidden(log, liar.Number, heads),
            12 when _hidden.Count > 0 => Reveal(),
            13 when _made.Count > 0 => _made[random.Next(_made.Count)],
            14 => Membership(RoomEventKind.Join),
            16 or 17 or 18 => Change(log, liar.Number, heads, previous),
            19 => Flood(log, liar, heads),
            _ => RoomForgery.Membership(log, liar.Number, RoomEventKind.Leave, [Random()]),
        };
        simulation.Trace($"{liar.Number} forges {forged.Kind} {forged.Id}");
        _made.Add(forged);
        RoomEventId[] ids = [Random(), .. _made.TakeLast(3).Select(one => one.Id)];
        foreach (var other in simulation.Peers.Where(other => other != liar && random.Next(2) == 0))
        {
            simulation.Inject(liar.Number, other.Number, new RoomEffect.Send(other.Id, forged));
            RoomEffect? signal = random.Next(6) switch
            {
                0 => new RoomEffect.SendHeads(other.Id, ids),
                1 => new RoomEffect.Ask(other.Id, ids, []),
                2 => new RoomEffect.Unavailable(other.Id, ids),
                _ => null,
            };
            if (signal is not null)
            {
                simulation.Inject(liar.Number, other.Number, signal);
            }
        }
    }

    // Of anybody's message, or of one that does not exist.
    private RoomEvent Change(RoomLog log, int author, RoomEventId[] heads, RoomEventId? previous)
    {
        var all = log.Messages.Ordered;
        var target = all.Count == 0 || random.Next(8) == 0 ? Random() : all[random.Next(all.Count)].Event.Id;
        RoomContent content = random.Next(4) switch
        {
            0 => new RoomContent.Edit(target),
            1 => new RoomContent.Delete(target),
            2 => new RoomContent.Reply(target),
            _ => new RoomContent.Reaction(target, NoEmojis[random.Next(NoEmojis.Length)]),
        };
        // Some say that a text is a change, or the other way round.
        RoomEventKind? kind = random.Next(4) == 0 ? (RoomEventKind)random.Next(16, 19) : null;
        RoomEventId[] parents = [.. log.Order.TakeLast(random.Next(3))];
        return RoomForgery.Message(
            log,
            author,
            $"lie {random.Next(1000)}",
            parents,
            heads,
            previous,
            simulation.Now,
            content,
            kind
        );
    }

    // Edits of one message of the liar, one after the other.
    private RoomEvent Flood(RoomLog log, SimulatedRoomPeer liar, RoomEventId[] heads)
    {
        var own = log.Messages.Of(liar.Id);
        var target = own.Count > 0 ? own[random.Next(own.Count)].Event.Id : Random();
        RoomEvent? last = null;
        for (var i = random.Next(4) == 0 ? random.Next(30, 90) : 3; i > 0; i--)
        {
            RoomEventId[] parents = last is null ? [.. log.Order.TakeLast(1)] : [last.Id];
            RoomContent edit = new RoomContent.Edit(target);
            last = RoomForgery.Message(log, liar.Number, $"edit {i}", parents, heads, last?.Id, simulation.Now, edit);
            foreach (var other in simulation.Peers.Where(other => other != liar && random.Next(2) == 0))
            {
                simulation.Inject(liar.Number, other.Number, new RoomEffect.Send(other.Id, last));
            }
        }

        return last!;
    }

    // A message whose ancestors come much later, one after the other.
    private RoomEvent OnHidden(RoomLog log, int author, RoomEventId[] heads)
    {
        RoomEventId[] parents = [.. log.Order.TakeLast(1)];
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            _hidden.Add(Message(log, author, parents, heads, previous: null));
            parents = [_hidden[^1].Id];
        }

        return Message(log, author, parents, heads, previous: null);
    }

    private RoomEvent Reveal()
    {
        var revealed = _hidden[^1];
        _hidden.RemoveAt(_hidden.Count - 1);
        return revealed;
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

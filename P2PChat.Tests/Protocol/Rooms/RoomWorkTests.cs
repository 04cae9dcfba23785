using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>How much a liar can make a member compute (docs/protocol.md, sections 25.3 and 25.7).</summary>
public sealed class RoomWorkTests
{
    private const int Owner = 0;
    private const int Liar = 1;

    private List<RoomEffect> _effects = [];

    [Fact]
    public void Concurrent_membership_events_of_one_step_are_resolved_once()
    {
        var room = new RoomScene(members: 2);
        var log = room[Owner].Log;
        var start = log.Membership.Heads.Single().Event.Id;
        _ = room[Owner].TakeEffects(ref _effects);
        List<RoomEvent> invites = [];
        for (var i = 0; i < 20; i++)
        {
            RoomEventId[] parents = [i == 0 ? start : invites[^1].Id];
            invites.Add(RoomForgery.Membership(log, Owner, RoomEventKind.Invite, parents, 50 + i));
        }

        invites.ForEach(invite => room[Owner].Receive(RoomKeys.IdOf(Liar), invite, room.Now));
        _ = room[Owner].TakeEffects(ref _effects);
        for (var i = 0; i < invites.Count; i++)
        {
            var join = RoomForgery.Membership(log, 50 + i, RoomEventKind.Join, [invites[i].Id]);
            room[Owner].Receive(RoomKeys.IdOf(Liar), join, room.Now);
        }

        Assert.True(log.Membership.IsUnresolved);
        _ = room[Owner].TakeEffects(ref _effects);
        Assert.Equal(22, Assert.Single(_effects.OfType<RoomEffect.MembersChanged>()).State.Members.Count);
        Assert.All(room[Owner].State.Members.Values, member => Assert.True(member.HasJoined));
    }

    [Fact]
    public void Message_after_many_membership_events_is_shown()
    {
        var room = new RoomScene(members: 3);
        var log = room[Owner].Log;
        var start = log.Membership.Heads.Single().Event.Id;
        _ = room[Owner].TakeEffects(ref _effects);
        var removal = RoomForgery.Membership(log, Owner, RoomEventKind.Remove, [start], 2);
        var leave = RoomForgery.Membership(log, 2, RoomEventKind.Leave, [start]);
        var hidden = RoomForgery.Message(log, 2, "sent after removal", [], [start], previous: null);
        var shown = RoomForgery.Message(log, Liar, "shown", [], [removal.Id, leave.Id], previous: null);

        foreach (var roomEvent in new[] { removal, leave, hidden, shown })
        {
            room[Owner].Receive(RoomKeys.IdOf(Liar), roomEvent, room.Now);
        }

        _ = room[Owner].TakeEffects(ref _effects);
        Assert.Equal(shown.Id, Assert.Single(_effects.OfType<RoomEffect.Show>()).Id);
        Assert.Equal(["shown"], room.TextsOf(Owner));
    }

    [Fact]
    public void Questions_for_messages_before_a_join_are_bounded()
    {
        var room = new RoomScene(members: 1, history: 10);
        room.Say(Owner, "old");
        room.Enter(Liar);
        for (var i = 0; i < 2000; i++)
        {
            room.Say(Owner, $"{i}");
        }

        RoomEffect question = new RoomEffect.Ask(RoomKeys.IdOf(Owner), [room[Owner].Log.Order.First()], []);
        for (var i = 0; i < 200; i++)
        {
            RoomScene.Arrive(room[Owner], RoomKeys.IdOf(Liar), question, room.Now);
        }

        _ = room[Owner].TakeEffects(ref _effects);
        Assert.InRange(_effects.OfType<RoomEffect.Answer>().Count(), 1, 60);
    }

    [Fact]
    public void Heads_that_do_not_exist_are_searched_for_only_now_and_then()
    {
        var room = new RoomScene(members: 2);
        var unknown = Unknown(1);
        var last = RoomForgery.Message(room, Liar, "names what does not exist", [unknown]);
        Receive(room, last);
        room[Owner].ReceiveUnavailable(RoomKeys.IdOf(Liar), [unknown]);
        for (var i = 0; i < 2000; i++)
        {
            room.Say(Owner, $"{i}");
        }

        _ = room[Owner].TakeEffects(ref _effects);
        for (var i = 0; i < 200; i++)
        {
            last = RoomForgery.Message(room, Liar, $"{i}", [], previous: last.Id);
            Receive(room, last);
            room[Owner].ReceiveHeads(RoomKeys.IdOf(Liar), [unknown], room.Now);
        }

        _ = room[Owner].TakeEffects(ref _effects);
        Assert.InRange(_effects.OfType<RoomEffect.Ask>().Count(ask => ask.Ids.Contains(unknown)), 1, 60);
    }

    [Fact]
    public void Hidden_ancestors_reopen_a_long_past_only_now_and_then()
    {
        var room = new RoomScene(members: 2);
        var log = room[Owner].Log;
        RoomEvent[] hidden =
        [
            .. Enumerable.Range(1, 15).Select(i => RoomForgery.Message(room, Liar, $"hidden {i}", [Unknown(i)])),
        ];
        // So late that nothing moves when those before it arrive.
        RoomEvent? late = null;
        for (var i = 0; i < 5; i++)
        {
            late = RoomForgery.Message(room, Liar, $"late {i}", [], previous: late?.Id);
            Receive(room, late);
        }

        Receive(room, RoomForgery.Message(room, Liar, "last", [.. hidden.Select(one => one.Id), late!.Id]));
        room[Owner].ReceiveUnavailable(RoomKeys.IdOf(Liar), [.. hidden.Select(one => one.Id)]);
        for (var i = 0; i < 1200; i++)
        {
            room.Say(Owner, $"{i}");
        }

        var end = log.Order.Last();
        Assert.True(log.IsComplete(end));
        room.Travelling.Clear();
        foreach (var revealed in hidden)
        {
            Receive(room, revealed);
            room[Owner].ReceiveUnavailable(RoomKeys.IdOf(Liar), [.. revealed.Parents]);
        }

        Assert.Single(hidden, one => log.Find(one.Id) is not null);
        for (var i = 0; i < 50; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.All(hidden, one => Assert.True(log.IsComplete(one.Id)));
        Assert.True(log.IsComplete(end));
        Assert.Equal([end], log.Past.HeadsFor([], out _).Select(node => node.Event.Id));
    }

    private static RoomEventId Unknown(int number)
    {
        var bytes = new byte[RoomEventId.Size];
        bytes[0] = (byte)number;
        return new RoomEventId(bytes);
    }

    private static void Receive(RoomScene room, RoomEvent roomEvent) =>
        room[Owner].Receive(roomEvent.Author, roomEvent, room.Now);
}

using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Rooms.Wire;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>What liars with valid signatures cannot do to a room (docs/protocol.md, section 25).</summary>
public sealed class RoomAttackTests
{
    private const int Owner = 0;

    [Fact]
    public void Event_that_knows_rival_hand_overs_follows_one_of_them()
    {
        var room = new RoomScene(members: 4);
        var start = room[Owner].Log.Membership.Heads.Single().Event.Id;
        var (one, other) = (HandOver(room, Owner, start, to: 1), HandOver(room, Owner, start, to: 2));
        Receive(room, one, other);
        Receive(room, Rename(room, 1, one.Id), Rename(room, 2, other.Id));

        var owner = room[3].State.Owner == RoomKeys.IdOf(1) ? 1 : 2;
        Assert.Null(room[owner].Rename("Knows both"));
        room.Settle();
        Assert.Null(room[owner].Rename("Again"));
        room.Settle();
        // A concurrent event, after which everything is resolved from the beginning.
        Receive(room, RoomForgery.Membership(room[Owner].Log, 3, RoomEventKind.Leave, [start]));

        Assert.Equal(RoomKeys.IdOf(owner), room[Owner].State.Owner);
        AssertSameAfterRestart(room, Owner);
        Assert.Null(room[owner].Remove(RoomKeys.IdOf(3 - owner)));
    }

    [Fact]
    public void Waiting_events_without_place_after_a_restart_are_dropped()
    {
        const int stranger = 9;
        var room = new RoomScene(members: 2);
        room.Say(1, "kept");
        room.Settle();
        var snapshot = room.Snapshot(Owner);
        var waiting = Enumerable
            .Range(1, 3 * RoomLimits.WaitingPerAuthor)
            .Select(i => RoomForgery.Message(room[1].Log, stranger, $"{i}", [], [new RoomEventId(RandomOf(i))], null))
            .ToList();

        var machine = room.Add(Owner, snapshot with { Events = [.. snapshot.Events, .. waiting] });

        List<RoomEffect> effects = [];
        _ = machine.TakeEffects(ref effects);
        var dropped = effects.OfType<RoomEffect.Store>().Select(one => one.Change).OfType<RoomChange.Dropped>();
        Assert.Equal(
            waiting.Select(one => one.Id).Where(id => !machine.Log.Contains(id)).ToHashSet(),
            dropped.Select(one => one.Id).ToHashSet()
        );
        Assert.Equal(RoomLimits.WaitingPerAuthor, waiting.Count(one => machine.Log.Contains(one.Id)));
        Assert.Single(machine.Log.Order);

        static byte[] RandomOf(int seed)
        {
            var bytes = new byte[RoomEventId.Size];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }
    }

    [Fact]
    public void Puppet_of_the_former_owner_does_not_take_the_room_back()
    {
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(2), RoomRole.Moderator));
        room.Settle();
        var old = room[Owner].Log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();
        ActTwice(room);
        var late = HandOver(room, Owner, old, to: 3);
        Receive(room, late, Rename(room, 3, late.Id));

        ActTwice(room);
        Receive(room, RoomForgery.Membership(room[Owner].Log, 3, RoomEventKind.Leave, [old]));

        Assert.Equal(RoomKeys.IdOf(1), room[2].State.Owner);
        AssertSameAfterRestart(room, 2);

        static void ActTwice(RoomScene room)
        {
            for (var i = 0; i < 4; i++)
            {
                Assert.Null(room[1 + i % 2].Rename($"Honest {i}"));
                room.Settle();
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Message_with_wrong_parents_does_not_stop_the_filling_of_gaps(bool isMembership)
    {
        var room = new RoomScene(members: 3);
        var parent = RoomForgery.Message(room, 1, "waits forever", heads: [Any(1)]);
        var wrong = RoomForgery.Message(room, 1, "wrong", [isMembership ? room.Room : parent.Id]);
        foreach (var forged in new[] { wrong, parent })
        {
            room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);
            room[2].Receive(RoomKeys.IdOf(1), forged, room.Now);
            room.Pass(RoomLimits.MessageWait);
        }

        Say(room, 600);
        room.Settle();
        room.Split(2);
        Say(room, 10);
        room.Settle();
        room.Travelling.Clear();

        room.Heal();

        Assert.Equal(611, room[2].Log.Order.Count());
    }

    [Fact]
    public void Invites_from_an_old_event_push_nobody_out()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        var log = room[2].Log;
        var old = log.Membership.Heads.Single().Event.Id;
        var honest = Invites(Owner, first: 100);
        var hostile = Invites(1, first: 200);

        foreach (var invite in honest.Concat(hostile))
        {
            Assert.Empty(log.Add(invite).Refused);
        }

        Assert.Equal(3 + 2 * 60, log.State.Members.Count);
        Assert.Equal(
            RoomRefusal.NotAllowed,
            Assert.Single(log.Add(Made(Owner, RoomEventKind.Invite, 5)).Refused).Refusal
        );
        Assert.Empty(log.Add(Made(Owner, RoomEventKind.Remove, 1)).Refused);
        Assert.Equal(2 + 60, log.State.Members.Count);

        RoomEvent Made(int author, RoomEventKind kind, int about) =>
            RoomForgery.Membership(log, author, kind, log.Membership.Heads.Select(head => head.Event.Id), about);

        List<RoomEvent> Invites(int author, int first)
        {
            List<RoomEvent> made = [];
            var parent = old;
            for (var i = 0; i < 60; i++)
            {
                made.Add(RoomForgery.Membership(log, author, RoomEventKind.Invite, [parent], first + i));
                parent = made[^1].Id;
            }

            return made;
        }
    }

    [Fact]
    public void Join_by_an_invite_that_was_withdrawn_does_not_count()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        var log = room[2].Log;
        var invite = RoomForgery.Membership(log, 1, RoomEventKind.Invite, Heads(log), 9);
        Assert.Empty(log.Add(invite).Refused);
        Assert.Empty(log.Add(RoomForgery.Membership(log, Owner, RoomEventKind.Remove, [invite.Id], 1)).Refused);
        var join = RoomForgery.Membership(log, 9, RoomEventKind.Join, [invite.Id]);
        Assert.Empty(log.Add(join).Refused);

        var message = RoomForgery.Message(log, 9, "ghost", [], [join.Id], null);
        _ = log.Add(message);

        Assert.Equal(log.State.IsMember(RoomKeys.IdOf(9)), log.StatusOf(message.Id) == MessageStatus.Counts);
    }

    [Fact]
    public void Moderator_who_has_left_has_no_rank_in_old_events()
    {
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        var old = room[Owner].Log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[1].Remove(RoomKeys.IdOf(3)));
        room.Settle();
        Assert.Null(room[1].Leave());
        room.Settle();
        Assert.Null(room[Owner].Rename("Later"));
        room.Settle();

        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Remove, [old], 2));
        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Invite, [old], 9));
        // Nor does another leave undo what the owner has built on.
        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Leave, [old]));

        Assert.True(room.HasMember(Owner, 2));
        Assert.False(room.HasMember(Owner, 3));
        Assert.False(room[Owner].State.Members.ContainsKey(RoomKeys.IdOf(9)));
    }

    [Fact]
    public void Joins_of_one_invite_are_bounded_whoever_sends_them()
    {
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].Invite(RoomKeys.IdOf(9)));
        room.Settle();
        room.Effects.Clear();
        var log = room[Owner].Log;
        var before = log.Membership.Ordered.Count;
        var invite = Heads(log).Single();
        List<RoomEffect> effects = [];
        for (var i = 0; i < 300; i++)
        {
            room[Owner].Receive(RoomKeys.IdOf(1), Join(log, 9, invite, $"name{i}"), room.Now);
        }

        _ = room[Owner].TakeEffects(ref effects);
        Assert.InRange(log.Membership.Ordered.Count - before, 1, 100);
        Assert.InRange(effects.OfType<RoomEffect.Send>().Count(), 3, 20);
        Assert.InRange(effects.OfType<RoomEffect.Report>().Count(one => one.What is RoomReport.Forked), 1, 100);
        // Newcomers are known to the messages of members nevertheless.
        room.Enter(5);
        room.Say(2, "hello");
        room.Settle();
        Assert.Equal(["hello"], room.TextsOf(5));
    }

    [Fact]
    public void Hidden_ancestors_move_many_messages_only_now_and_then()
    {
        var room = new RoomScene(members: 2);
        List<RoomEvent> hidden = [RoomForgery.Message(room, 1, "hidden")];
        for (var i = 0; i < 30; i++)
        {
            hidden.Add(RoomForgery.Message(room, 1, $"hidden {i}", [hidden[^1].Id]));
        }

        room[Owner].Receive(RoomKeys.IdOf(1), RoomForgery.Message(room, 1, "last", [hidden[^1].Id]), room.Now);
        room.Pass(RoomLimits.MessageWait);
        for (var i = 0; i < 1200; i++)
        {
            room.Say(Owner, $"{i}");
        }

        room.Travelling.Clear();
        room.Effects.Clear();
        foreach (var revealed in Enumerable.Reverse(hidden))
        {
            room[Owner].Receive(RoomKeys.IdOf(1), revealed, room.Now);
            room[Owner].ReceiveUnavailable(RoomKeys.IdOf(1), [.. revealed.Parents]);
        }

        room.Settle();
        Assert.InRange(room.Effects.Count(one => one.Effect is RoomEffect.Reorder), 1, 4);
        for (var i = 0; i < 200; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.Equal(1232, room[Owner].Log.Order.Count());
        AssertSameAfterRestart(room, Owner);
    }

    [Theory]
    [InlineData("join leave message")]
    [InlineData("message leave join")]
    [InlineData("message join leave")]
    [InlineData("leave message join")]
    public void Joins_beyond_the_limit_do_not_hide_a_member_who_has_seen_one(string order)
    {
        const int liar = 9;
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].Invite(RoomKeys.IdOf(liar)));
        room.Settle();
        var log = room[Owner].Log;
        var joins = Enumerable
            .Range(0, RoomLimits.MembershipForks + 1)
            .Select(i => Join(log, liar, Heads(log).Single(), $"liar{i}"))
            .OrderBy(join => join.Id)
            .ToList();
        var leave = RoomForgery.Membership(log, liar, RoomEventKind.Leave, [joins[^1].Id], previous: joins[^1].Id);
        room.Split(Owner);
        joins[..^1].ForEach(join => room[Owner].Receive(join.Author, join, room.Now));
        room[1].Receive(leave.Author, joins[^1], room.Now);
        room[1].Receive(leave.Author, leave, room.Now);
        room.Say(1, "after the leave");
        Dictionary<string, RoomEvent> events = new()
        {
            ["join"] = joins[^1],
            ["leave"] = leave,
            ["message"] = room[1].Log.Find(room[1].Log.Order.Single())!,
        };

        foreach (var name in order.Split(' '))
        {
            room[Owner].Receive(RoomKeys.IdOf(1), events[name], room.Now);
        }

        room.Heal();
        Assert.Equal(["after the leave"], room.TextsOf(Owner));
        room.AssertAgree(Owner, 1, 2);
    }

    [Fact]
    public void Questions_that_search_the_whole_room_are_bounded()
    {
        var room = new RoomScene(members: 2);
        for (var i = 0; i < 2000; i++)
        {
            room.Say(Owner, $"{i}");
        }

        List<RoomEffect> effects = [];
        _ = room[Owner].TakeEffects(ref effects);
        RoomEffect question = new RoomEffect.Ask(RoomKeys.IdOf(Owner), [room[Owner].Log.Order.Last()], []);
        for (var i = 0; i < 200; i++)
        {
            RoomScene.Arrive(room[Owner], RoomKeys.IdOf(1), question, room.Now);
        }

        _ = room[Owner].TakeEffects(ref effects);
        Assert.InRange(effects.OfType<RoomEffect.Answer>().Count(), 1, 60);
        RoomScene.Arrive(room[Owner], RoomKeys.IdOf(1), question, room.Now.AddMinutes(1));
        _ = room[Owner].TakeEffects(ref effects);
        Assert.Single(effects.OfType<RoomEffect.Answer>());
    }

    private static void Say(RoomScene room, int count)
    {
        for (var i = 0; i < count; i++)
        {
            room.Say(i % 2, $"{i}");
            room.Settle();
        }
    }

    private static IEnumerable<RoomEventId> Heads(RoomLog log) => log.Membership.Heads.Select(head => head.Event.Id);

    private static RoomEvent HandOver(RoomScene room, int author, RoomEventId parent, int to) =>
        RoomForgery.Membership(room[Owner].Log, author, RoomEventKind.Role, [parent], to, role: RoomRole.Owner);

    private static RoomEvent Rename(RoomScene room, int author, RoomEventId parent) =>
        RoomForgery.Membership(room[Owner].Log, author, RoomEventKind.Rename, [parent]);

    private static RoomEvent Join(RoomLog log, int author, RoomEventId invite, string username)
    {
        var header = RoomForgery.Header(RoomEventKind.Join, log.Room);
        header.Parents.Add(RoomForgery.Bytes(invite));
        return RoomEvent.Sign(
            header,
            Google.Protobuf.MessageExtensions.ToByteArray(new RoomBody { Username = username }),
            RoomKeys.Of(author)
        );
    }

    private static void Receive(RoomScene room, params RoomEvent[] events)
    {
        foreach (var roomEvent in events)
        {
            foreach (var number in Enumerable.Range(0, 4).Where(room.Has))
            {
                room[number].Receive(roomEvent.Author, roomEvent, room.Now);
            }

            room.Settle();
        }
    }

    private static void AssertSameAfterRestart(RoomScene room, int number)
    {
        var restarted = new RoomMachine(RoomKeys.Of(number), room.Snapshot(number));
        Assert.Equal(RoomScene.Describe(room[number].State), RoomScene.Describe(restarted.State));
        Assert.Equal(room[number].Log.Order, restarted.Log.Order);
    }

    private static RoomEventId Any(int number)
    {
        var bytes = new byte[RoomEventId.Size];
        BitConverter.TryWriteBytes(bytes, number);
        return new RoomEventId(bytes);
    }
}

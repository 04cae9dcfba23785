using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Nothing is lost: restarts, gaps, missing bodies, and messages of members who were removed.</summary>
public sealed class RoomGapTests
{
    private const int Owner = 0;
    private const int Carol = 2;

    [Fact]
    public void Restarted_newcomer_keeps_all_messages_and_does_not_fork()
    {
        var room = new RoomScene(members: 2);
        for (var i = 0; i < 5; i++)
        {
            room.Say(i % 2, "before");
        }

        room.Settle();
        room.Enter(2);
        room.Say(2, "mine");
        for (var i = 0; i < 200; i++)
        {
            room.Say(i % 2, $"{i}");
            room.Settle();
        }

        room.Pass(RoomLimits.MessageWait);
        var before = room[2].Log.Order.ToList();
        Assert.Equal(201, before.Count);
        room.Effects.Clear();
        _ = room.Add(2, room.Snapshot(2));

        room.Say(2, "first after the restart");
        room.Settle();
        room.Pass(RoomLimits.MessageWait);

        Assert.Equal(before, room[2].Log.Order.Take(201));
        Assert.Equal("first after the restart", room.TextsOf(Owner)[^1]);
        Assert.DoesNotContain(room.Effects, one => one.Effect is RoomEffect.Report);
        Assert.Single(room.Effects, one => one is (2, RoomEffect.Show));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_waits_for_a_message_without_place(bool isLate)
    {
        var room = new RoomScene(members: 3);
        room.Split(Owner);
        room.Say(1, "too large");
        room.Settle();
        var large = room[1].Log.Order.Single();
        room.Say(Carol, "an answer");
        room.Settle();
        room.Travelling.Clear();
        var answer = room[Carol].Log.Find(room[Carol].Log.Order.Last())!;
        var owner = room[Owner];
        List<RoomEffect> effects = [];
        _ = owner.TakeEffects(ref effects);

        if (isLate)
        {
            owner.Receive(RoomKeys.IdOf(Carol), answer, room.Now);
            _ = owner.TakeEffects(ref effects);
            Assert.Contains(effects, effect => effect is RoomEffect.Ask { Ids: [var asked] } && asked == large);
            owner.Refuse(room[1].Log.Find(large)!);
        }
        else
        {
            owner.Refuse(room[1].Log.Find(large)!);
            owner.Receive(RoomKeys.IdOf(Carol), answer, room.Now);
        }

        Assert.Equal([answer.Id], owner.Log.Order);
        owner.Tick(room.Now + RoomLimits.MessageWait);
        owner.Tick(room.Now + 2 * RoomLimits.AskAgain);
        _ = owner.TakeEffects(ref effects);
        Assert.DoesNotContain(effects, effect => effect is RoomEffect.Ask);
        Assert.True(owner.Log.IsComplete(answer.Id));

        // It may have place later.
        owner.Receive(RoomKeys.IdOf(1), room[1].Log.Find(large)!, room.Now);
        Assert.Equal([large, answer.Id], owner.Log.Order);
    }

    [Fact]
    public void Message_that_only_a_refused_one_names_is_asked_for()
    {
        var room = new RoomScene(members: 3);
        room.Split(Owner);
        room.Say(1, "within the quota");
        room.Say(1, "too large");
        room.Settle();
        RoomEventId[] said = [.. room[1].Log.Order];
        room.Say(Carol, "an answer");
        var answer = room[Carol].Log.Find(room[Carol].Log.Order.Last())!;
        var owner = room[Owner];

        owner.Refuse(room[1].Log.Find(said[1])!);
        owner.Receive(RoomKeys.IdOf(Carol), answer, room.Now);
        owner.Tick(room.Now + RoomLimits.MessageWait);
        room.Travelling.Clear();
        room.Heal();

        Assert.Contains(said[0], owner.Log.Order);
    }

    [Fact]
    public void Refused_messages_that_name_each_other_are_not_asked_for()
    {
        var room = new RoomScene(members: 3);
        room.Split(Owner);
        for (var i = 0; i < 5; i++)
        {
            room.Say(1, $"too large {i}");
        }

        var owner = room[Owner];
        List<RoomEffect> effects = [];
        _ = owner.TakeEffects(ref effects);
        foreach (var id in room[1].Log.Order)
        {
            owner.Refuse(room[1].Log.Find(id)!);
        }

        owner.Tick(room.Now + RoomLimits.MessageWait);
        _ = owner.TakeEffects(ref effects);
        Assert.DoesNotContain(effects, effect => effect is RoomEffect.Ask);
    }

    [Fact]
    public void Heads_of_a_blocked_member_are_asked_of_others()
    {
        var room = new RoomScene(members: 3);
        room[Owner].SetBlocked(new HashSet<PeerId> { RoomKeys.IdOf(1) });
        room.Split(Owner);
        room.Say(1, "the last one");
        room.Settle();
        room.Travelling.Clear();
        room.Partitions.Clear();
        var last = room[1].Log.Order.Single();

        room[Owner].ReceiveHeads(RoomKeys.IdOf(1), [last], room.Now);
        room.Pass(RoomLimits.MessageWait);

        Assert.Equal([last], room[Owner].Log.Order);
    }

    [Fact]
    public void Message_that_waited_is_shown_after_a_restart()
    {
        var room = new RoomScene(members: 2);
        var waiting = RoomForgery.Message(room, author: 1, "waits", parents: [new RoomEventId(new byte[32])]);
        var snapshot = room.Snapshot(Owner);
        _ = room.Add(Owner, snapshot with { Events = [.. snapshot.Events, waiting], Hidden = [waiting.Id] });
        room.Settle();

        Assert.Contains(room.Effects, one => one is (Owner, RoomEffect.Show { Id: var id }) && id == waiting.Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Messages_that_a_removal_has_seen_count_in_any_order(int order)
    {
        var room = new RoomScene(members: 3);
        room.Split(1);
        for (var i = 0; i < 300; i++)
        {
            room.Say(Carol, $"{i}");
        }

        room.Settle();
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(Carol)));
        room.Settle();
        room.Travelling.Clear();
        var log = room[Owner].Log;
        var messages = log.Order.Select(id => log.Find(id)!).ToArray();
        if (order == 1)
        {
            Array.Reverse(messages);
        }
        else if (order > 1)
        {
            new Random(order).Shuffle(messages);
        }

        room[1].Receive(RoomKeys.IdOf(Owner), log.Membership.Ordered[^1].Event, room.Now);
        Assert.All(messages, message => room[1].Receive(RoomKeys.IdOf(Carol), message, room.Now));
        room.Heal();
        for (var i = 0; i < 6; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.Equal(300, room.TextsOf(1).Length);
        room.AssertAgree(Owner, 1);
    }

    [Fact]
    public void Full_copy_replaces_a_waiting_copy_without_its_body()
    {
        var room = new RoomScene(members: 3);
        var message = RoomForgery.Message(room, author: 1, "hello", parents: [new RoomEventId(new byte[32])]);

        room[Owner].Receive(RoomKeys.IdOf(2), message.WithoutBody(), room.Now);
        room[Owner].Receive(RoomKeys.IdOf(1), message, room.Now);
        room.Pass(RoomLimits.MessageWait);

        Assert.Equal(["hello"], room.TextsOf(Owner));
    }

    [Fact]
    public void Body_that_an_answer_left_out_is_asked_of_others()
    {
        var room = new RoomScene(members: 3);
        room.Split(Owner);
        room.Say(1, "hello");
        room.Settle();
        room.Travelling.Clear();
        room.Partitions.Clear();
        var message = room[1].Log.Find(room[1].Log.Order.Single())!;

        room[Owner].Receive(RoomKeys.IdOf(2), message.WithoutBody(), room.Now);
        for (var i = 0; i < 3; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.Equal(["hello"], room.TextsOf(Owner));
    }

    [Fact]
    public void Membership_event_without_its_body_is_refused()
    {
        var create = RoomMachine.Create(RoomKeys.Of(0), "Hiking", history: 10, new byte[16]);

        Assert.Equal(
            RoomRefusal.Malformed,
            Assert.Throws<RoomException>(() => RoomEvent.Verify(create.WithoutBody().ToBytes())).Refusal
        );
    }

    [Fact]
    public void Gap_behind_a_placed_message_is_filled_from_its_oldest_end()
    {
        var room = new RoomScene(members: 3);
        room.Say(1, "first");
        room.Settle();
        room.Split(2);
        for (var i = 0; i < 300; i++)
        {
            room.Say(i % 2, $"{i}");
            room.Settle();
        }

        room.Travelling.Clear();
        room.Say(1, "next");
        room[2].Receive(RoomKeys.IdOf(1), room[1].Log.Find(room[1].Log.Order.Last())!, room.Now);
        for (var i = 0; i < 4; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.Equal(["first", "next"], room.TextsOf(2).Order());
        room.Travelling.Clear();
        room.Heal();
        for (var i = 0; i < 4; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.Equal(302, room.TextsOf(2).Length);
        room.AssertAgree(Owner, 2);
    }

    [Fact]
    public void Long_absence_is_caught_up_within_one_connection()
    {
        var room = new RoomScene(members: 3);
        room.Split(2);
        for (var i = 0; i < 1500; i++)
        {
            room.Say(i % 2, $"{i}");
            room.Settle();
        }

        room.Travelling.Clear();
        room.Heal();

        Assert.Equal(1500, room[2].Log.Order.Count());
    }
}

using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Messages of a room: their order, gaps and removals, as in docs/protocol.md, section 25.</summary>
public sealed class RoomMessageTests
{
    private const int Owner = 0;

    [Fact]
    public void Members_that_were_apart_have_one_order_afterwards()
    {
        var room = new RoomScene(members: 4);
        room.Split(2, 3);
        for (var i = 0; i < 5; i++)
        {
            room.Say(i % 2, $"left {i}");
            room.Say(2 + i % 2, $"right {i}");
            room.Settle();
        }

        room.Heal();

        room.AssertAgree(Owner, 1, 2, 3);
        Assert.Equal(10, room.TextsOf(0).Length);
    }

    [Fact]
    public void Order_is_causality_then_lamport_time_then_hash()
    {
        var room = new RoomScene(members: 2);
        room.Say(Owner, "first");
        room.Settle();
        room.Split(1);
        room.Say(Owner, "a");
        room.Say(1, "b");
        room.Say(1, "after b");
        room.Heal();

        var log = room[Owner].Log;
        var nodes = log.Messages.Ordered;

        Assert.Equal("first", room.TextsOf(Owner)[0]);
        Assert.Equal("after b", room.TextsOf(Owner)[^1]);
        Assert.Equal(nodes[1].Lamport, nodes[2].Lamport);
        Assert.True(nodes[1].Event.Id < nodes[2].Event.Id);
    }

    [Fact]
    public void Order_is_the_same_from_any_order_of_arrival()
    {
        var room = new RoomScene(members: 3);
        for (var i = 0; i < 12; i++)
        {
            room.Split(i % 3);
            room.Say(i % 3, $"{i}");
            room.Say((i + 1) % 3, $"{i} too");
            room.Settle();
            room.Heal();
        }

        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Settle();
        var expected = room[Owner].Log;
        var events = room.Snapshot(Owner).Events.ToArray();
        for (var seed = 0; seed < 20; seed++)
        {
            new Random(seed).Shuffle(events);
            var log = new RoomLog(room.Room);
            Assert.All(events, roomEvent => _ = log.Add(roomEvent));

            Assert.Equal(expected.Order, log.Order);
            Assert.Equal(RoomScene.Describe(expected.State), RoomScene.Describe(log.State));
        }
    }

    [Fact]
    public void Changes_affect_only_messages_of_their_author()
    {
        var room = new RoomScene(members: 2);
        room.Say(Owner, "helo");
        room.Settle();
        var target = room[1].Log.Order.Single();
        room.Say(1, "hacked", new RoomContent.Edit(target));
        room.Say(1, "deleted a message", new RoomContent.Delete(target));
        room.Say(1, "hi", new RoomContent.Reply(target));
        room.Say(1, "reacted 👍", new RoomContent.Reaction(target, "👍"));
        room.Say(Owner, "hello", new RoomContent.Edit(target));
        room.Settle();

        var rows = RoomTimeline.Of(room[1].Log);

        Assert.Equal(["hello", "hi"], rows.Select(row => row.Text));
        Assert.Equal("👍", rows[0].Reactions[RoomKeys.IdOf(1)]);
        Assert.Equal(target, rows[1].ReplyTo);
    }

    [Fact]
    public void Delete_for_everyone_removes_bodies_and_keeps_events()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "secret");
        room.Settle();
        var target = room[1].Log.Order.Single();
        room.Say(1, "secret too", new RoomContent.Edit(target));
        room.Say(1, "deleted a message", new RoomContent.Delete(target));
        room.Settle();

        var log = room[Owner].Log;

        Assert.Null(log.Find(target)!.Body);
        Assert.DoesNotContain(log.Order, id => RoomMessage.Of(log.Find(id)!)?.Text.Contains("secret") ?? false);
        Assert.True(Assert.Single(RoomTimeline.Of(log)).IsRemoved);
        Assert.Contains(room.Effects, one =>
            one is (Owner, RoomEffect.Store { Change: RoomChange.BodyChanged { Event.Body: null } })
        );
    }

    [Fact]
    public void Restart_before_deleted_text_was_removed_removes_it()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "secret");
        var target = room[1].Log.Order.Single();
        room.Say(1, "secret too", new RoomContent.Edit(target));
        room.Settle();
        var texts = room.Snapshot(Owner).Events;
        room.Say(1, "deleted a message", new RoomContent.Delete(target));
        room.Settle();
        var delete = room.Snapshot(Owner).Events.Where(one => texts.All(text => text.Id != one.Id));

        var log = room.Add(Owner, new RoomSnapshot(room.Room, [.. texts, .. delete], [], [])).Log;
        room.Effects.Clear();
        room.Settle();

        Assert.DoesNotContain(log.Order, id => RoomMessage.Of(log.Find(id)!)?.Text.Contains("secret") ?? false);
        Assert.Equal(2, room.Effects.Count(IsErased));
    }

    [Fact]
    public void Text_that_waits_for_others_is_removed_by_its_delete()
    {
        var room = new RoomScene(members: 2);
        var heads = room[1].Log.Membership.Heads.Select(head => head.Event.Id).ToList();
        var waiting = RoomForgery.Message(room, 1, "secret", parents: [new RoomEventId(new byte[32])]);
        var late = RoomForgery.Message(room, 1, "secret too", parents: [new RoomEventId(new byte[32])]);
        RoomEvent Delete(RoomEvent of) =>
            RoomForgery.Message(room[1].Log, 1, "deleted", [], heads, null, content: new RoomContent.Delete(of.Id));
        room[Owner].Receive(RoomKeys.IdOf(1), waiting, room.Now);
        room[Owner].Receive(RoomKeys.IdOf(1), Delete(waiting), room.Now);
        room[Owner].Receive(RoomKeys.IdOf(1), Delete(late), room.Now);
        room[Owner].Receive(RoomKeys.IdOf(1), late, room.Now);
        var pending = room[Owner].Log.Pending;

        Assert.Null(pending.Find(waiting.Id)!.Body);
        Assert.Null(pending.Find(late.Id)!.Body);
        room.Settle();
        Assert.Single(room.Effects, IsErased);
        Assert.DoesNotContain(room.Effects, one =>
            one.Effect is RoomEffect.Store { Change: RoomChange.Added { Event: { Body: not null } added } }
            && added.Id == late.Id
        );
    }

    [Fact]
    public void Text_deleted_in_the_same_step_leaves_no_more()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "secret");
        room[1].ReceiveQuestion(RoomKeys.IdOf(Owner), [.. room[1].Log.Order], [], room.Now);
        room.Say(1, "deleted a message", new RoomContent.Delete(room[1].Log.Order.Single()));
        List<RoomEffect> effects = [];

        _ = room[1].TakeEffects(ref effects);

        var messages = effects.SelectMany(RoomScene.EventsOf).Where(one => !one.IsMembership).ToList();
        Assert.DoesNotContain("secret", messages.Select(one => RoomMessage.Of(one)?.Text));
        Assert.Equal(3, messages.Count);
    }

    [Fact]
    public void Message_of_a_removed_member_counts_if_the_removal_has_seen_it()
    {
        var room = new RoomScene(members: 3);
        room.Say(2, "seen");
        room.Settle();
        room.Split(2, 1);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Say(2, "sent after removal");
        room.Settle();
        Assert.Equal(["seen", "sent after removal"], room.TextsOf(1));

        room.Heal();

        Assert.Equal(["seen"], room.TextsOf(1));
        Assert.Contains(room.Effects, one => one is (1, RoomEffect.Mark { Status: MessageStatus.AfterRemoval }));
    }

    [Fact]
    public void Answer_to_a_message_sent_after_removal_stays_valid()
    {
        var room = new RoomScene(members: 3);
        room.Split(2, 1);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Say(2, "sent after removal");
        room.Settle();
        room.Say(1, "an answer");
        room.Settle();

        room.Heal();

        Assert.Equal(["an answer"], room.TextsOf(1));
        Assert.Equal(["an answer"], room.TextsOf(Owner));
        room.AssertAgree(Owner, 1);
    }

    [Fact]
    public void Nothing_more_goes_to_a_removed_member()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Settle();

        room.Say(Owner, "without you");
        room[1].ReceiveQuestion(RoomKeys.IdOf(2), [.. room[Owner].Log.Order], [], room.Now);
        room[1].Reachable(RoomKeys.IdOf(2), room.Now);
        room.Settle();

        Assert.Empty(room.TextsOf(2));
        Assert.Equal(["without you"], room.TextsOf(1));
        Assert.Contains(room.Effects, one => one is (2, RoomEffect.Report { What: RoomReport.NoLongerMember }));
    }

    [Fact]
    public void At_most_64_messages_sent_after_removal_are_kept()
    {
        var room = new RoomScene(members: 2);
        room.Split(1);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(1)));
        for (var i = 0; i < 100; i++)
        {
            room.Say(1, $"still here {i}");
        }

        room.Partitions.Clear();
        room.Settle();

        Assert.Empty(room.TextsOf(Owner));
        Assert.Equal(RoomLimits.AfterRemoval, room[Owner].Log.Order.Count());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void Non_member_cannot_bring_more_messages_sent_after_removal(int sender)
    {
        var room = new RoomScene(members: 3);
        var before = room[Owner].Log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(1)));
        room.Settle();
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Settle();

        RoomEventId? previous = null;
        for (var i = 0; i < 2 * RoomLimits.AfterRemoval; i++)
        {
            RoomEventId[] parents = previous is { } last ? [last] : [];
            var message = RoomForgery.Message(room, 1, $"still here {i}", parents, [before], previous);
            room[Owner].Receive(RoomKeys.IdOf(sender), message, room.Now);
            previous = message.Id;
        }

        Assert.Equal(RoomLimits.AfterRemoval, room[Owner].Log.Order.Count());
    }

    [Fact]
    public void Fork_of_one_author_is_kept_ordered_by_hash_and_reported()
    {
        var room = new RoomScene(members: 3);
        var copy = room.Snapshot(2);
        room.Say(2, "one");
        room.Settle();
        _ = room.Add(2, copy);
        room.Say(2, "other");

        room.Settle();
        room.Heal();

        Assert.Equal(2, room.TextsOf(Owner).Length);
        Assert.True(room[Owner].Log.Order.First() < room[Owner].Log.Order.Last());
        room.AssertAgree(Owner, 1);
        Assert.All([Owner, 1], member =>
            Assert.Contains(room.Effects, one =>
                one.Member == member && one.Effect is RoomEffect.Report { What: RoomReport.Forked }
            )
        );
    }

    [Fact]
    public void Newcomer_gets_the_whole_membership_log_and_messages_from_the_join_on()
    {
        var room = new RoomScene(members: 2);
        room.Say(Owner, "before");
        room.Settle();
        room.Enter(2);
        room.Say(1, "after");
        room.Settle();

        room.Pass(RoomLimits.MessageWait);

        Assert.Equal(["after"], room.TextsOf(2));
        Assert.Equal(room[Owner].Log.Membership.Ordered.Count, room[2].Log.Membership.Ordered.Count);
    }

    [Fact]
    public void Newcomer_gets_the_last_messages_by_the_rooms_setting()
    {
        var room = new RoomScene(members: 2, history: 3);
        for (var i = 0; i < 10; i++)
        {
            room.Say(i % 2, $"{i}");
            room.Settle();
        }

        room.Enter(2);
        room.Pass(RoomLimits.MessageWait);

        Assert.Equal(["7", "8", "9"], room.TextsOf(2));
        room.Say(2, "hello");
        room.Settle();
        Assert.Equal("hello", room.TextsOf(Owner)[^1]);
    }

    [Fact]
    public void Declined_parent_is_not_waited_for()
    {
        var room = new RoomScene(members: 2);
        room.Say(Owner, "before");
        room.Settle();
        room.Enter(2);

        room.Say(Owner, "after");
        room.Settle();

        Assert.Equal(["after"], room.TextsOf(2));
    }

    [Fact]
    public void Gap_is_asked_of_the_member_who_sent_what_follows_it()
    {
        var room = new RoomScene(members: 3);
        room.Split(2);
        room.Say(Owner, "lost on the way");
        room.Settle();
        room.Travelling.Clear();
        room.Partitions.Clear();
        room.Say(1, "next");
        room.Settle();

        Assert.Equal(["lost on the way", "next"], room.TextsOf(2));
    }

    [Fact]
    public void Long_gap_is_filled_in_batches()
    {
        var room = new RoomScene(members: 3);
        room.Split(2);
        for (var i = 0; i < 300; i++)
        {
            room.Say(i % 2, $"{i}");
            room.Settle();
        }

        room.Travelling.Clear();
        room.Heal();
        room.Say(1, "next");
        room.Settle();
        for (var i = 0; i < 10; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.Equal(301, room.TextsOf(2).Length);
        room.AssertAgree(Owner, 1, 2);
    }

    [Fact]
    public void Message_with_a_parent_that_never_comes_is_shown_after_10_seconds()
    {
        var room = new RoomScene(members: 2);
        var forged = RoomForgery.Message(room, author: 1, "lonely", parents: [new RoomEventId(new byte[32])]);

        room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);
        Assert.Empty(room.TextsOf(Owner));
        room.Pass(RoomLimits.MessageWait);

        Assert.Equal(["lonely"], room.TextsOf(Owner));
    }

    [Fact]
    public void Late_parent_moves_the_messages_after_it()
    {
        var room = new RoomScene(members: 3);
        room.Say(1, "one");
        room.Settle();
        room.Split(2);
        room.Say(Owner, "two");
        room.Settle();
        room.Say(1, "three");
        room.Settle();
        var three = room[1].Log.Find(room[1].Log.Order.Last())!;
        var two = room[1].Log.Find(room[1].Log.Order.ElementAt(1))!;
        room[2].Receive(RoomKeys.IdOf(1), three, room.Now);
        room.Pass(RoomLimits.MessageWait);
        Assert.Equal(["one", "three"], room.TextsOf(2));

        room[2].Receive(RoomKeys.IdOf(1), two, room.Now);
        room.Settle();

        Assert.Equal(["one", "two", "three"], room.TextsOf(2));
        Assert.Contains(room.Effects, one => one is (2, RoomEffect.Move { Id: var id }) && id == three.Id);
    }

    [Fact]
    public void Blocked_members_messages_are_fetched_from_others_and_shown_collapsed()
    {
        var room = new RoomScene(members: 3);
        room[Owner].SetBlocked(new HashSet<P2PChat.Protocol.Identity.PeerId> { RoomKeys.IdOf(2) });
        room.Say(2, "noise");
        room.Settle();
        Assert.Empty(room.TextsOf(Owner));

        room.Say(1, "signal");
        room.Settle();

        Assert.Equal(["noise", "signal"], room.TextsOf(Owner));
        Assert.Equal(
            [true, false],
            room.Effects.Where(one => one.Member == Owner)
                .Select(one => one.Effect)
                .OfType<RoomEffect.Show>()
                .Select(show => show.IsCollapsed)
        );
    }

    [Fact]
    public void Unsent_event_goes_out_after_a_restart()
    {
        var room = new RoomScene(members: 2);
        room.Split(Owner);
        room.Say(Owner, "hello");
        room.Settle();
        room.Travelling.Clear();
        var (snapshot, id) = (room.Snapshot(Owner), room[Owner].Log.Order.Single());
        room.Partitions.Clear();

        _ = room.Add(Owner, snapshot with { Unsent = [id] });
        room.Settle();

        Assert.Equal(["hello"], room.TextsOf(1));
    }

    [Fact]
    public void Effects_that_others_see_follow_the_store()
    {
        var room = new RoomScene(members: 3);
        List<RoomEffect> effects = [];
        _ = room[1].TakeEffects(ref effects);
        room.Say(1, "hello");

        _ = room[1].TakeEffects(ref effects);

        Assert.IsType<RoomEffect.Store>(effects[0]);
        Assert.Equal(2, effects.OfType<RoomEffect.Send>().Count());
        Assert.IsType<RoomChange.Sent>(Assert.IsType<RoomEffect.Store>(effects[^1]).Change);
    }

    private static bool IsErased((int Member, RoomEffect Effect) one) =>
        one is (Owner, RoomEffect.Store { Change: RoomChange.BodyChanged { Event.Body: null } });
}

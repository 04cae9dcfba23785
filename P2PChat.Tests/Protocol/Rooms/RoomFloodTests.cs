using System.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Floods and lies that must not make a member forget, repeat or misjudge what honest members do.</summary>
public sealed class RoomFloodTests
{
    private const int Owner = 0;

    [Fact]
    public void Hand_overs_that_do_not_count_do_not_restore_a_removed_owner()
    {
        var room = new RoomScene(members: 3);
        var log = room[1].Log;
        var old = log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();
        Assert.Null(room[1].Rename("Mine"));
        Assert.Null(room[1].Remove(RoomKeys.IdOf(Owner)));
        room.Settle();
        var removal = log.Membership.Heads.Single().Event.Id;
        var toPuppet = HandOver(Owner, old, to: 2);
        var back = HandOver(2, toPuppet.Id, to: Owner);
        Assert.Empty(log.Add(toPuppet).Refused);
        Assert.Empty(log.Add(back).Refused);

        var message = RoomForgery.Message(log, Owner, "still here", [], [removal, back.Id], null);
        _ = log.Add(message);

        Assert.NotEqual(MessageStatus.Counts, log.StatusOf(message.Id) ?? MessageStatus.AfterRemoval);

        RoomEvent HandOver(int author, RoomEventId parent, int to) =>
            RoomForgery.Membership(log, author, RoomEventKind.Role, [parent], to, role: RoomRole.Owner);
    }

    [Fact]
    public void All_of_many_heads_are_named_in_turn_to_each_member()
    {
        var room = new RoomScene(members: 3);
        for (var i = 0; i < 32; i++)
        {
            var fork = RoomForgery.Message(room, 1, $"{i}");
            room[Owner].Receive(RoomKeys.IdOf(1), fork, room.Now);
        }

        List<RoomEffect> effects = [];
        HashSet<RoomEventId> named = [];
        for (var i = 0; i < 2; i++)
        {
            room[Owner].Reachable(RoomKeys.IdOf(1), room.Now);
            room[Owner].Reachable(RoomKeys.IdOf(2), room.Now);
            _ = room[Owner].TakeEffects(ref effects);
            named.UnionWith(
                effects
                    .OfType<RoomEffect.SendHeads>()
                    .Where(heads => heads.To == RoomKeys.IdOf(2))
                    .SelectMany(heads => heads.Heads)
            );
        }

        Assert.Equal(32, room[Owner].Log.Messages.Heads.Count(named.Contains));
    }

    [Fact]
    public void Unknown_parents_of_a_liar_do_not_hide_an_honest_gap()
    {
        var room = new RoomScene(members: 3);
        room.Split(Owner);
        room.Say(2, "lost");
        room.Settle();
        room.Travelling.Clear();
        var lost = room[2].Log.Order.Single();
        room[Owner].Receive(RoomKeys.IdOf(2), RoomForgery.Message(room, 2, "next", [lost]), room.Now);
        room.Pass(RoomLimits.MessageWait);
        for (var i = 0; i < 64; i++)
        {
            var forged = RoomForgery.Message(room, 1, "lie", [.. Enumerable.Range(16 * i, 16).Select(Any)]);
            room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);
        }

        room.Pass(RoomLimits.MessageWait);
        room.Travelling.Clear();
        room.Heal();
        for (var i = 0; i < 4; i++)
        {
            room.Pass(RoomLimits.MessageWait);
        }

        Assert.NotNull(room[Owner].Log.Find(lost));
    }

    [Fact]
    public void Member_that_was_away_is_asked_again_within_2_hours()
    {
        var room = new RoomScene(members: 2);
        room.Split(Owner);
        room.Say(1, "lost");
        room.Settle();
        room.Travelling.Clear();
        var lost = room[1].Log.Order.Single();
        room[Owner].Receive(RoomKeys.IdOf(1), RoomForgery.Message(room, 1, "next", [lost]), room.Now);
        for (var i = 0; i < 10; i++)
        {
            room.Pass(RoomLimits.MessageWait);
            room.Travelling.Clear();
        }

        // The conversation goes on over the same link, so nothing says that the other is there again.
        room.Partitions.Clear();
        Assert.NotNull(room[Owner].Deadline);
        for (var i = 0; i < 2; i++)
        {
            room.Pass(RoomLimits.AskAgain);
        }

        Assert.NotNull(room[Owner].Log.Find(lost));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Heads_of_a_liar_do_not_hide_those_that_others_name(bool isFirst)
    {
        const int liar = 1;
        var room = new RoomScene(members: 4);
        var (owner, head) = (room[Owner], Any(5000));
        int[] members = isFirst ? [liar, 2, 3] : [2, liar, 3];
        foreach (var member in members)
        {
            owner.ReceiveHeads(RoomKeys.IdOf(member), [head], room.Now);
        }

        for (var i = 0; i < 100; i++)
        {
            var invented = Enumerable.Range(i * RoomLimits.Asked, RoomLimits.Asked).Select(Any);
            owner.ReceiveHeads(RoomKeys.IdOf(liar), [.. invented], room.Now);
        }

        for (var i = 1; i <= 2; i++)
        {
            owner.Tick(room.Now + i * RoomLimits.MessageWait);
        }

        List<RoomEffect> effects = [];
        _ = owner.TakeEffects(ref effects);
        Assert.Equal(
            members.Select(RoomKeys.IdOf),
            effects.OfType<RoomEffect.Ask>().Where(ask => ask.Ids.Contains(head)).Select(ask => ask.To)
        );
    }

    [Fact]
    public void Heads_of_any_number_of_peers_are_bounded()
    {
        var questions = new HeadQuestions();
        for (var i = 0; i < 20_000; i++)
        {
            _ = questions.Add(Any(i), RoomKeys.IdOf(i % 300), hasAnswered: false, DateTimeOffset.UnixEpoch);
        }

        Assert.InRange(Enumerable.Range(0, 20_000).Count(i => questions.Contains(Any(i))), 1000, 10_000);
    }

    [Fact]
    public void Many_edits_and_reactions_of_one_message_are_cheap()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "target");
        room.Settle();
        var target = room[Owner].Log.Order.Single();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 2_000; i++)
        {
            RoomContent content = i % 2 == 0 ? new RoomContent.Edit(target) : new RoomContent.Reaction(target, "👍");
            Assert.Null(room[1].Send(new RoomMessage($"{i}", room.Now, content)));
            _ = room[1].Timeline.Find(target);
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"{clock.Elapsed}");
        var row = room[1].Timeline.Find(target)!;
        Assert.Equal(("1998", "👍"), (row.Text, row.Reactions[RoomKeys.IdOf(1)]));
    }

    [Fact]
    public void Member_who_comes_back_without_old_messages_is_no_fork()
    {
        var room = new RoomScene(members: 3);
        room.Say(2, "first stay");
        room.Settle();
        Assert.Null(room[2].Leave());
        room.Settle();
        room.Effects.Clear();
        _ = room.Add(2);
        room.Enter(2);

        room.Say(2, "second stay");
        room.Settle();

        Assert.Equal(["first stay", "second stay"], room.TextsOf(1));
        Assert.DoesNotContain(room.Effects, one => one.Effect is RoomEffect.Report { What: RoomReport.Forked });
    }

    [Fact]
    public void Invited_peer_that_lacks_the_end_of_the_log_asks_its_inviter()
    {
        var room = new RoomScene(members: 2);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        _ = room.Add(5);
        Assert.Null(room[1].Invite(RoomKeys.IdOf(5)));
        room.Split(5);
        room.Settle();
        // Only the room's first event has arrived.
        room.Travelling.Clear();
        room.Partitions.Clear();
        room[5].Receive(RoomKeys.IdOf(1), room[1].Log.Find(room.Room)!, room.Now);

        room[1].Reachable(RoomKeys.IdOf(5), room.Now);
        room.Settle();

        Assert.Null(room[5].Join());
    }

    [Fact]
    public void Last_message_of_a_blocked_member_is_asked_of_others()
    {
        var room = new RoomScene(members: 3);
        room[Owner].SetBlocked(new HashSet<PeerId> { RoomKeys.IdOf(2) });
        room.Say(2, "noise");
        room.Settle();

        room.Pass(RoomLimits.MessageWait);

        Assert.Equal(["noise"], room.TextsOf(Owner));
    }

    [Fact]
    public void Removal_by_a_blocked_moderator_counts()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        room[Owner].SetBlocked(new HashSet<PeerId> { RoomKeys.IdOf(1) });

        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
        room.Settle();

        Assert.False(room.HasMember(Owner, 2));
    }

    [Fact]
    public void Late_bodies_of_waiting_messages_are_bounded()
    {
        var room = new RoomScene(members: 2);
        var text = new string('x', 60_000);
        var waiting = Enumerable
            .Range(0, 2 * RoomLimits.WaitingBytesPerAuthor / text.Length)
            .Select(i => RoomForgery.Message(room, 1, text, [Any(i)]))
            .ToList();
        waiting.ForEach(one => room[Owner].Receive(RoomKeys.IdOf(1), one.WithoutBody(), room.Now));
        waiting.ForEach(one => room[Owner].Receive(RoomKeys.IdOf(1), one, room.Now));

        var log = room[Owner].Log;
        Assert.All(waiting, one => Assert.True(log.Contains(one.Id)));
        Assert.InRange(
            waiting.Sum(one => log.Pending.Find(one.Id)!.Size),
            RoomLimits.WaitingBytesPerAuthor / 2,
            RoomLimits.WaitingBytesPerAuthor
        );
    }

    private static RoomEventId Any(int number)
    {
        var bytes = new byte[RoomEventId.Size];
        BitConverter.TryWriteBytes(bytes, number + 1);
        return new RoomEventId(bytes);
    }
}

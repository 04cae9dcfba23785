using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>What members with rights can and cannot do when they lie (docs/protocol.md, section 25.5).</summary>
public sealed class RoomAuthorityTests
{
    private const int Owner = 0;
    private const int Dave = 4;

    [Fact]
    public void Late_hand_over_from_an_old_event_does_not_win()
    {
        var room = new RoomScene(members: 4);
        var old = room[Owner].Log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[Owner].Rename("Later"));
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();
        Assert.Null(room[1].Rename("Mine"));
        room.Settle();
        Assert.Null(room[3].Leave());
        room.Settle();

        // Member 2 is a puppet of the former owner.
        var late = RoomForgery.Membership(room[Owner].Log, Owner, RoomEventKind.Role, [old], 2, role: RoomRole.Owner);
        Receive(room, late);

        Assert.Equal(RoomKeys.IdOf(1), room[1].State.Owner);
        Assert.False(room.HasMember(1, 3));

        // Nor does the puppet win by acting once more often than those who know of both.
        var log = room[1].Log;
        Receive(room, RoomForgery.Membership(log, 2, RoomEventKind.Rename, [late.Id]));
        Assert.Null(room[1].Rename("Mine again"));
        room.Settle();
        List<RoomEvent> all = [.. log.Membership.Ordered.Select(node => node.Event)];
        var rebuilt = new RoomMachine(RoomKeys.Of(1), new RoomSnapshot(room.Room, all, [], []));
        Assert.All([room[1], rebuilt], machine =>
        {
            Assert.Equal(RoomKeys.IdOf(1), machine.State.Owner);
            Assert.Equal("Mine again", machine.Name);
        });
    }

    [Fact]
    public void Limit_of_forks_does_not_begin_again_with_a_restart()
    {
        var room = new RoomScene(members: 3);
        var log = room[Owner].Log;
        RoomEvent[] forks =
        [
            .. Enumerable.Range(0, RoomLimits.Forks + 3).Select(i => RoomForgery.Message(room, 1, $"{i}")),
        ];
        foreach (var fork in forks[..^1])
        {
            room[Owner].Receive(RoomKeys.IdOf(1), fork, room.Now);
        }

        List<RoomEvent> all = [.. log.Membership.Ordered.Select(node => node.Event), .. log.Order.Select(Find)];
        Assert.Equal(RoomLimits.Forks + 1, log.Order.Count());
        var again = new RoomMachine(RoomKeys.Of(Owner), new RoomSnapshot(room.Room, all, [], []));
        again.Receive(RoomKeys.IdOf(1), forks[^1], room.Now);

        Assert.Equal(RoomLimits.Forks + 1, again.Log.Order.Count());

        RoomEvent Find(RoomEventId id) => log.Find(id)!;
    }

    [Fact]
    public void Pictures_of_one_moderator_are_bounded_for_newcomers()
    {
        var room = new RoomScene(members: 2);
        var picture = TestPictures.Png(8, 8, ("tEXt", new byte[60_000]));
        var taken = 0;
        while (taken < 100 && room[Owner].SetPicture(picture) is null)
        {
            taken++;
        }

        Assert.Equal(34, taken);
        Assert.Null(room[Owner].Rename("Still"));
        Assert.Null(room[Owner].SetPicture([]));
        room.Settle();
        Assert.Equal("Still", room[1].Name);
    }

    [Fact]
    public void Demotion_voids_what_a_moderator_did_without_knowing_of_it()
    {
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        var before = room[Owner].Log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Member));
        room.Settle();

        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Remove, [before], 2));
        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Invite, [before], Dave));

        Assert.True(room.HasMember(Owner, 2));
        Assert.False(room[Owner].State.Members.ContainsKey(RoomKeys.IdOf(Dave)));
        Assert.True(room.HasMember(Owner, 1));
    }

    [Fact]
    public void Cycle_of_removals_is_cut_at_one_of_its_own()
    {
        var room = new RoomScene(members: 6);
        var log = room[Owner].Log;
        var start = log.Membership.Heads.Single().Event;
        RoomEvent Event(int author, RoomEventKind kind, RoomEvent parent, int? about = null, RoomRole role = default)
        {
            var made = RoomForgery.Membership(log, author, kind, [parent.Id], about, role: role);
            Receive(room, made);
            return made;
        }

        // The owner has forked: 1 is a moderator in one branch, 2 in the other. Each removes the other.
        var one = Event(Owner, RoomEventKind.Role, start, 1, RoomRole.Moderator);
        var two = Event(Owner, RoomEventKind.Role, start, 2, RoomRole.Moderator);
        // In the order, this removal is before both. It is void if the invite by 1 is.
        var join = Event(9, RoomEventKind.Join, Event(1, RoomEventKind.Invite, one, 9));
        var promoted = Event(Owner, RoomEventKind.Role, join, 9, RoomRole.Moderator);
        _ = Event(9, RoomEventKind.Remove, promoted, 5);
        for (var i = 0; i < 6; i++)
        {
            two = Event(2, RoomEventKind.Rename, two);
            promoted = Event(1, RoomEventKind.Rename, promoted);
        }

        _ = Event(2, RoomEventKind.Remove, two, 1);
        _ = Event(1, RoomEventKind.Remove, promoted, 2);

        Assert.False(room.HasMember(Owner, 1));
        Assert.False(room.HasMember(Owner, 9));
        Assert.True(room.HasMember(Owner, 2));
        Assert.True(room.HasMember(Owner, 5));
    }

    [Fact]
    public void Leave_of_the_new_owner_voids_a_concurrent_hand_over()
    {
        var room = new RoomScene(members: 3);
        room.Split(1);
        Assert.Null(room[1].Leave());
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();

        room.Heal();

        Assert.Equal(RoomKeys.IdOf(Owner), room[2].State.Owner);
        Assert.False(room.HasMember(2, 1));
        Assert.Equal(RoomScene.Describe(room[Owner].State), RoomScene.Describe(room[2].State));
    }

    [Fact]
    public void Late_leave_does_not_undo_a_hand_over_that_others_built_on()
    {
        var room = new RoomScene(members: 3);
        var before = room[Owner].Log.Membership.Heads.Single().Event.Id;
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();
        Assert.Null(room[2].Leave());
        room.Settle();
        Assert.Null(room[1].SetRole(RoomKeys.IdOf(Owner), RoomRole.Owner));
        room.Settle();

        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Leave, [before]));

        Assert.Equal(RoomKeys.IdOf(Owner), room[Owner].State.Owner);
        Assert.False(room.HasMember(Owner, 2));
    }

    [Fact]
    public void Removed_or_blocked_peer_cannot_return_by_link()
    {
        var room = new RoomScene(members: 3);
        var secret = new InviteSecret(new byte[16]);
        Assert.NotNull(room[Owner].Invites.Add(secret, uses: 5, room.Now.AddDays(1), room.Now));
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(1)));
        room[Owner].SetBlocked(new HashSet<P2PChat.Protocol.Identity.PeerId> { RoomKeys.IdOf(Dave) });

        foreach (var (peer, refusal) in new[] { (1, RoomInviteRefusal.Removed), (Dave, RoomInviteRefusal.Blocked) })
        {
            var proof = RoomInviteProof.Compute(secret, room.Room, RoomKeys.IdOf(Owner), RoomKeys.IdOf(peer));
            Assert.Equal(refusal, room[Owner].Invites.Request(RoomKeys.IdOf(peer), secret.Id.Span, proof, room.Now));
        }

        Assert.Null(room[Owner].Invite(RoomKeys.IdOf(1)));
    }

    [Fact]
    public void Owner_with_1000_events_can_still_hand_over_and_leave()
    {
        var room = new RoomScene(members: 2);
        RoomRefusal? refusal = null;
        for (var i = 0; i < RoomLimits.MembershipEvents && refusal is null; i++)
        {
            refusal = room[Owner].Rename($"{i % 10}");
        }

        Assert.Equal(RoomRefusal.TooMany, refusal);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        Assert.Null(room[Owner].Leave());
    }

    [Fact]
    public void Branches_count_together_to_the_limit_of_an_author()
    {
        var room = new RoomScene(members: 2);
        while (room[Owner].Rename("x") is null) { }

        // A chain that begins again, in the knowledge of the first one.
        var log = room[Owner].Log;
        var heads = log.Membership.Heads.Select(head => head.Event.Id);
        var again = RoomForgery.Membership(log, Owner, RoomEventKind.Rename, heads);

        Assert.Equal(RoomRefusal.TooMany, Assert.Single(log.Add(again).Refused).Refusal);
    }

    [Fact]
    public void Forks_of_messages_do_not_hide_a_forked_removal()
    {
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        for (var i = 0; i < 200; i++)
        {
            room[Owner].Receive(RoomKeys.IdOf(1), RoomForgery.Message(room, 1, $"{i}"), room.Now);
        }

        var heads = room[Owner].Log.Membership.Heads.Select(head => head.Event.Id);
        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Rename, heads));
        Receive(room, RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Remove, heads, 3));

        Assert.False(room.HasMember(Owner, 3));
    }

    [Fact]
    public void Membership_fork_that_was_refused_comes_through_another_member()
    {
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        var log = room[Owner].Log;
        var parent = log.Membership.Heads.Single().Event.Id;
        for (var i = 0; i < 100; i++)
        {
            room[Owner]
                .Receive(
                    RoomKeys.IdOf(1),
                    RoomForgery.Membership(log, 1, RoomEventKind.Invite, [parent], 50 + i),
                    room.Now
                );
        }

        Assert.InRange(log.Membership.Ordered.Count, 1, 50);
        var removal = RoomForgery.Membership(log, 1, RoomEventKind.Remove, [parent], 3);
        room[Owner].Receive(RoomKeys.IdOf(1), removal, room.Now);
        room[2].Receive(RoomKeys.IdOf(1), removal, room.Now);
        Assert.True(room.HasMember(Owner, 3));
        Assert.False(room.HasMember(2, 3));

        room.Heal();

        Assert.False(room.HasMember(Owner, 3));
        Assert.Equal(RoomScene.Describe(room[Owner].State), RoomScene.Describe(room[2].State));
    }

    [Fact]
    public void Plain_member_cannot_make_events_of_unknown_kinds()
    {
        var room = new RoomScene(members: 2);
        var log = room[Owner].Log;
        var heads = log.Membership.Heads.Select(head => head.Event.Id);

        var unknown = RoomForgery.Membership(log, 1, (RoomEventKind)12, heads);

        Assert.Equal(RoomRefusal.NotAllowed, Assert.Single(log.Add(unknown).Refused).Refusal);
    }

    private static void Receive(RoomScene room, RoomEvent roomEvent)
    {
        room[Owner].Receive(roomEvent.Author, roomEvent, room.Now);
        foreach (var other in Enumerable.Range(1, 3).Where(room.Has))
        {
            room[other].Receive(roomEvent.Author, roomEvent, room.Now);
        }

        room.Settle();
    }
}

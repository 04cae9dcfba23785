using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Who is a member: the rules of docs/protocol.md, section 25.</summary>
public sealed class RoomMembershipTests
{
    private const int Owner = 0;
    private const int Dave = 4;

    [Fact]
    public void Room_id_is_the_hash_of_its_create_event()
    {
        var create = RoomMachine.Create(RoomKeys.Of(0), "Hiking", history: 0, new byte[16]);

        Assert.Equal(create.Id, create.Room);
    }

    [Fact]
    public void Nobody_is_a_member_without_their_own_join()
    {
        var room = new RoomScene(members: 1);
        _ = room.Add(1);

        Assert.Null(room[Owner].Invite(RoomKeys.IdOf(1)));
        room.Settle();

        Assert.False(room.HasMember(Owner, 1));
        Assert.True(room[Owner].State.Members.ContainsKey(RoomKeys.IdOf(1)));
        Assert.Equal(RoomRefusal.NotAMember, room[1].Send(new RoomMessage("hello", room.Now)));
        Assert.Null(room[1].Join());
        room.Settle();
        Assert.True(room.HasMember(Owner, 1));
    }

    [Fact]
    public void Member_cannot_invite_remove_rename_or_promote()
    {
        var room = new RoomScene(members: 3);

        Assert.Equal(RoomRefusal.NotAllowed, room[1].Invite(RoomKeys.IdOf(Dave)));
        Assert.Equal(RoomRefusal.NotAllowed, room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Equal(RoomRefusal.NotAllowed, room[1].Rename("Ours"));
        Assert.Equal(RoomRefusal.NotAllowed, room[1].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
    }

    [Fact]
    public void Moderator_removes_members_but_not_the_owner_or_a_moderator()
    {
        var room = new RoomScene(members: 4);
        Promote(room, 1, 2);

        Assert.Equal(RoomRefusal.NotAllowed, room[1].Remove(RoomKeys.IdOf(Owner)));
        Assert.Equal(RoomRefusal.NotAllowed, room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Null(room[1].Remove(RoomKeys.IdOf(3)));
        room.Settle();

        Assert.False(room.HasMember(Owner, 3));
        Assert.False(room.HasMember(3, 3));
        room.AssertAgree(Owner, 1, 2, 3);
    }

    [Fact]
    public void Two_moderators_who_remove_each_other_both_stay()
    {
        var room = new RoomScene(members: 3);
        Promote(room, 1, 2);
        room.Split(1);

        Assert.Equal(RoomRefusal.NotAllowed, room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Equal(RoomRefusal.NotAllowed, room[2].Remove(RoomKeys.IdOf(1)));
        room.Heal();
        // Those who sign it nevertheless are refused by everybody.
        var heads = room[Owner].Log.Membership.Heads.Select(head => head.Event.Id).ToList();
        foreach (var (author, subject) in new[] { (1, 2), (2, 1) })
        {
            var forged = RoomForgery.Membership(room[Owner].Log, author, RoomEventKind.Remove, heads, subject);
            Assert.Equal(RoomRefusal.NotAllowed, Assert.Single(room[Owner].Log.Add(forged).Refused).Refusal);
        }

        Assert.True(room.HasMember(Owner, 1) && room.HasMember(Owner, 2));
    }

    [Fact]
    public void Demotion_decides_between_two_who_remove_each_other()
    {
        var room = new RoomScene(members: 3);
        Promote(room, 1);
        // In the past that 1 knows, 1 is a moderator and 2 a member; in the past that 2 knows, it is the reverse.
        room.Split(1);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Member));
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(2), RoomRole.Moderator));
        room.Settle();
        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Null(room[2].Remove(RoomKeys.IdOf(1)));
        room.Settle();

        room.Heal();

        Assert.False(room.HasMember(Owner, 1));
        Assert.True(room.HasMember(Owner, 2));
        Assert.Equal(RoomScene.Describe(room[Owner].State), RoomScene.Describe(room[1].State));
    }

    [Fact]
    public void Removal_of_a_moderator_voids_what_that_moderator_did_meanwhile()
    {
        var room = new RoomScene(members: 4);
        Promote(room, 1);
        _ = room.Add(Dave);
        room.Split(1, Dave);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(1)));
        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Null(room[1].Invite(RoomKeys.IdOf(Dave)));
        room.Settle();
        Assert.Null(room[Dave].Join());
        room.Settle();
        Assert.True(room.HasMember(1, Dave));

        room.Heal();

        Assert.True(room.HasMember(3, 2));
        Assert.False(room.HasMember(3, 1));
        Assert.False(room.HasMember(3, Dave));
    }

    [Fact]
    public void Removal_beats_a_concurrent_role()
    {
        var room = new RoomScene(members: 4);
        Promote(room, 1);
        room.Split(1);
        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(2), RoomRole.Moderator));
        room.Settle();

        room.Heal();

        Assert.False(room.HasMember(Owner, 2));
        room.AssertAgree(Owner, 1, 3);
    }

    [Fact]
    public void Removal_beats_a_concurrent_invite_and_its_join()
    {
        var room = new RoomScene(members: 4);
        Promote(room, 1);
        // Dave is invited by the owner, then again by a moderator who knows of his leaving, but not of his removal.
        room.Enter(Dave);
        room.Split(1);
        Assert.Null(room[1].Remove(RoomKeys.IdOf(Dave)));
        Assert.Null(room[Dave].Leave());
        room.Settle();
        Assert.Null(room[Owner].Invite(RoomKeys.IdOf(Dave)));
        room.Settle();
        Assert.Null(room[Dave].Join());
        room.Settle();
        Assert.True(room.HasMember(Owner, Dave));

        room.Heal();

        Assert.False(room.HasMember(Owner, Dave));
        room.AssertAgree(Owner, 1, 2, 3);
    }

    [Fact]
    public void Removed_member_comes_back_by_a_later_invite()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Settle();
        Assert.Equal(RoomRefusal.NotAMember, room[2].Join());

        room.Enter(2);

        Assert.True(room.HasMember(1, 2));
        room.Say(2, "back");
        room.Settle();
        Assert.Equal(["back"], room.TextsOf(1));
    }

    [Fact]
    public void Owner_hands_over_before_leaving()
    {
        var room = new RoomScene(members: 3);

        Assert.Equal(RoomRefusal.NotAllowed, room[Owner].Leave());
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();
        Assert.Null(room[Owner].Leave());
        room.Settle();

        Assert.Equal(RoomKeys.IdOf(1), room[2].State.Owner);
        Assert.False(room.HasMember(2, Owner));
        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
    }

    [Fact]
    public void After_a_hand_over_other_branches_of_that_owner_do_not_count()
    {
        var room = new RoomScene(members: 3);
        // The owner's copy goes on from before the hand-over.
        var copy = room.Snapshot(Owner);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Owner));
        room.Settle();
        var forked = room.Add(Owner, copy);
        Assert.Null(forked.Remove(RoomKeys.IdOf(2)));

        room.Settle();

        Assert.True(room.HasMember(1, 2));
        Assert.Equal(RoomKeys.IdOf(1), room[2].State.Owner);
        Assert.Contains(room.Effects, one => one.Effect is RoomEffect.Report { What: RoomReport.Forked });
    }

    [Fact]
    public void Concurrent_hand_over_protects_the_new_owner_from_removal()
    {
        var room = new RoomScene(members: 3);
        Promote(room, 1);
        room.Split(1);
        Assert.Null(room[1].Remove(RoomKeys.IdOf(2)));
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(2), RoomRole.Owner));
        room.Settle();

        room.Heal();

        Assert.Equal(RoomKeys.IdOf(2), room[1].State.Owner);
        Assert.True(room.HasMember(1, 2));
        room.AssertAgree(Owner, 1, 2);
    }

    [Fact]
    public void Room_has_at_most_100_members()
    {
        var room = new RoomScene(members: 1);
        for (var number = 1; number < RoomLimits.Members; number++)
        {
            Assert.Null(room[Owner].Invite(RoomKeys.IdOf(number)));
        }

        Assert.Equal(RoomRefusal.NotAllowed, room[Owner].Invite(RoomKeys.IdOf(RoomLimits.Members)));
    }

    [Fact]
    public void Invite_link_proof_yields_an_invite_for_that_key()
    {
        var room = new RoomScene(members: 2);
        var secret = new InviteSecret(new byte[16]);
        Assert.NotNull(room[Owner].Invites.Add(secret, uses: 1, room.Now.AddDays(1), room.Now));
        _ = room.Add(Dave);
        var (owner, dave) = (RoomKeys.IdOf(Owner), RoomKeys.IdOf(Dave));
        var proof = RoomInviteProof.Compute(secret, room.Room, owner, dave);

        // The proof is of no use to another key, and to nobody after its one use.
        Assert.Equal(
            RoomInviteRefusal.Unknown,
            room[Owner].Invites.Request(RoomKeys.IdOf(5), secret.Id.Span, proof, room.Now)
        );
        Assert.Null(room[Owner].Invites.Request(dave, secret.Id.Span, proof, room.Now));
        // One that asks again has not heard of the invite yet, and spends no use.
        Assert.Null(room[Owner].Invites.Request(dave, secret.Id.Span, proof, room.Now));
        Assert.Equal([dave], Assert.Single(room[Owner].Invites.All).UsedBy);
        Assert.Equal(RoomInviteRefusal.Used, RequestBy(room, secret, 6));
        room.Settle();
        Assert.Null(room[Dave].Join());
        room.Settle();

        Assert.True(room.HasMember(1, Dave));
    }

    [Fact]
    public void Invite_link_ends_with_its_date()
    {
        var room = new RoomScene(members: 1);
        var secret = new InviteSecret(new byte[16]);
        Assert.NotNull(room[Owner].Invites.Add(secret, uses: 5, room.Now.AddDays(1), room.Now));
        var proof = RoomInviteProof.Compute(secret, room.Room, RoomKeys.IdOf(Owner), RoomKeys.IdOf(Dave));

        var refusal = room[Owner].Invites.Request(RoomKeys.IdOf(Dave), secret.Id.Span, proof, room.Now.AddDays(2));

        Assert.Equal(RoomInviteRefusal.Expired, refusal);
    }

    [Fact]
    public void Invite_link_admits_nobody_to_a_full_room()
    {
        var room = new RoomScene(members: 1);
        var secret = new InviteSecret(new byte[16]);
        Assert.NotNull(room[Owner].Invites.Add(secret, uses: 5, room.Now.AddDays(1), room.Now));
        for (var number = 1; number < RoomLimits.Members; number++)
        {
            Assert.Null(room[Owner].Invite(RoomKeys.IdOf(number)));
        }

        Assert.Equal(RoomInviteRefusal.RoomFull, RequestBy(room, secret, RoomLimits.Members));
        Assert.Empty(Assert.Single(room[Owner].Invites.All).UsedBy);
    }

    [Fact]
    public void Invite_link_ends_with_its_maker_s_rank()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        var secret = new InviteSecret(new byte[16]);
        Assert.NotNull(room[1].Invites.Add(secret, uses: 5, room.Now.AddDays(1), room.Now));
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Member));
        room.Settle();

        var proof = RoomInviteProof.Compute(secret, room.Room, RoomKeys.IdOf(1), RoomKeys.IdOf(Dave));

        Assert.Equal(
            RoomInviteRefusal.NotAllowed,
            room[1].Invites.Request(RoomKeys.IdOf(Dave), secret.Id.Span, proof, room.Now)
        );
    }

    [Fact]
    public void Ten_thousand_rooms_of_one_contact_leave_room_for_others()
    {
        var admission = new RoomAdmission();
        var (liar, friend) = (RoomKeys.IdOf(1), RoomKeys.IdOf(2));

        var admitted = Enumerable.Range(0, 10_000).Count(number => admission.Admit(IdOf(number), liar));

        Assert.Equal(RoomAdmission.MaxInvitationsPerContact, admitted);
        Assert.True(admission.Admit(IdOf(20_000), friend));
        Assert.True(admission.Join(IdOf(20_000)));
    }

    [Fact]
    public void Peer_joins_at_most_256_rooms()
    {
        var admission = new RoomAdmission();

        var joined = Enumerable.Range(0, 300).Count(number => admission.Join(IdOf(number)));

        Assert.Equal(RoomAdmission.MaxRooms, joined);
        admission.Leave(IdOf(0));
        Assert.True(admission.Join(IdOf(1000)));
    }

    private static void Promote(RoomScene room, params int[] members)
    {
        foreach (var member in members)
        {
            Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(member), RoomRole.Moderator));
        }

        room.Settle();
    }

    private static RoomEventId IdOf(int number)
    {
        var bytes = new byte[RoomEventId.Size];
        BitConverter.TryWriteBytes(bytes, number);
        return new RoomEventId(bytes);
    }

    private static RoomInviteRefusal? RequestBy(RoomScene room, InviteSecret secret, int number)
    {
        var proof = RoomInviteProof.Compute(secret, room.Room, RoomKeys.IdOf(Owner), RoomKeys.IdOf(number));
        return room[Owner].Invites.Request(RoomKeys.IdOf(number), secret.Id.Span, proof, room.Now);
    }
}

using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// What a member's machine shows, sends and accepts, beyond who is a member and in which order messages are.
/// </summary>
public sealed class RoomMachineTests
{
    private const int Owner = 0;

    [Fact]
    public void Message_after_removal_that_was_never_shown_is_not_shown()
    {
        var room = new RoomScene(members: 3);
        room.Split(2);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Settle();
        room.Say(2, "too late");

        room[Owner].Receive(RoomKeys.IdOf(2), room[2].Log.Find(room[2].Log.Order.Single())!, room.Now);
        room.Settle();

        Assert.DoesNotContain(room.Effects, one => one is (Owner, RoomEffect.Show or RoomEffect.Mark));
        Assert.Empty(room[Owner].Timeline.Newest);
        var restarted = new RoomMachine(RoomKeys.Of(Owner), room.Snapshot(Owner));
        Assert.Empty(restarted.Timeline.Newest);
    }

    [Fact]
    public void Reaction_updates_its_message_and_is_not_shown()
    {
        var room = new RoomScene(members: 2);
        room.Say(Owner, "hello");
        room.Settle();
        var target = room[1].Log.Order.Single();
        room.Effects.Clear();

        room.Say(1, "reacted 👍", new RoomContent.Reaction(target, "👍"));
        room.Settle();

        Assert.DoesNotContain(room.Effects, one => one.Effect is RoomEffect.Show);
        Assert.Contains(room.Effects, one => one is (Owner, RoomEffect.Update { Id: var id }) && id == target);
    }

    [Fact]
    public void Delete_by_a_removed_member_erases_its_own_text()
    {
        var room = new RoomScene(members: 3);
        room.Say(2, "private");
        room.Settle();
        var target = room[1].Log.Order.Single();
        room.Split(2);
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        room.Settle();
        room.Say(2, "deleted a message", new RoomContent.Delete(target));

        room[1].Receive(RoomKeys.IdOf(2), room[2].Log.Find(room[2].Log.Order.Last())!, room.Now);

        Assert.Null(room[1].Log.Find(target)!.Body);
        Assert.True(room[1].Timeline.Find(target)!.IsRemoved);
    }

    [Fact]
    public void Delete_cannot_be_deleted()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "private");
        var target = room[1].Log.Order.Single();
        room.Say(1, "deleted a message", new RoomContent.Delete(target));
        room.Say(1, "deleted a message", new RoomContent.Delete(room[1].Log.Order.Last()));
        room.Settle();

        var restarted = new RoomMachine(RoomKeys.Of(Owner), room.Snapshot(Owner));
        restarted.Reachable(RoomKeys.IdOf(1), room.Now);
        List<RoomEffect> effects = [];
        _ = restarted.TakeEffects(ref effects);

        Assert.True(restarted.Timeline.Find(target)!.IsRemoved);
        Assert.DoesNotContain(effects, effect => effect is RoomEffect.Ask);
    }

    [Fact]
    public void Delete_does_not_erase_a_name_or_picture()
    {
        var room = new RoomScene(members: 2);
        Assert.Null(room[Owner].Rename("Walks"));
        var rename = room[Owner].Log.Membership.Ordered[^1].Event.Id;

        room.Say(Owner, "deleted a message", new RoomContent.Delete(rename));
        room.Settle();

        Assert.Equal("Walks", room[1].Name);
    }

    [Fact]
    public void Answer_is_bounded_and_not_sent_durably()
    {
        var room = new RoomScene(members: 2);
        for (var i = 0; i < 20; i++)
        {
            room.Say(Owner, new string('x', RoomLimits.TextBytes));
        }

        room.Settle();
        List<RoomEffect> effects = [];
        var last = room[Owner].Log.Order.Last();

        room[Owner].ReceiveQuestion(RoomKeys.IdOf(1), [last], [], room.Now);
        _ = room[Owner].TakeEffects(ref effects);

        Assert.DoesNotContain(effects, effect => effect is RoomEffect.Send);
        var answer = Assert.Single(effects.OfType<RoomEffect.Answer>());
        Assert.InRange(answer.Events.Sum(one => one.ToBytes().Length), 1, 300 * 1024);
        Assert.Equal([last], Assert.Single(effects.OfType<RoomEffect.SendHeads>()).Heads);
    }

    [Fact]
    public void Late_parent_of_many_messages_reorders_once()
    {
        var room = new RoomScene(members: 3);
        var parent = RoomForgery.Message(room, 2, "late", [RoomForgery.Message(room, 2, "unknown").Id]);
        room[Owner].Receive(RoomKeys.IdOf(2), RoomForgery.Message(room, 2, "child", [parent.Id]), room.Now);
        room.Pass(RoomLimits.MessageWait);
        for (var i = 0; i < 200; i++)
        {
            room.Say(Owner, $"{i}");
        }

        room.Effects.Clear();
        room[Owner].Receive(RoomKeys.IdOf(2), parent, room.Now);
        room.Pass(RoomLimits.MessageWait);

        var order = room.Effects.Where(one => one.Member == Owner).Select(one => one.Effect).ToList();
        _ = Assert.Single(order.OfType<RoomEffect.Reorder>());
        Assert.Equal(202, room[Owner].Timeline.Shown.Count);
        Assert.DoesNotContain(order, effect => effect is RoomEffect.Move);
    }

    [Fact]
    public void Member_lost_by_a_voided_invite_is_reported()
    {
        var room = new RoomScene(members: 2);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        room.Settle();
        _ = room.Add(2);
        room.Split(Owner);
        Assert.Null(room[1].Invite(RoomKeys.IdOf(2)));
        room.Settle();
        Assert.Null(room[2].Join());
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(1)));
        room.Settle();

        room[2].Receive(RoomKeys.IdOf(Owner), room[Owner].Log.Membership.Ordered[^1].Event, room.Now);
        room.Settle();

        Assert.Contains(room.Effects, one => one is (2, RoomEffect.Report { What: RoomReport.NoLongerMember }));
    }

    [Fact]
    public void Use_of_a_link_is_stored_before_the_invite_goes_out()
    {
        var room = new RoomScene(members: 1);
        var secret = new InviteSecret(new byte[16]);
        Assert.NotNull(room[Owner].Invites.Add(secret, uses: 1, room.Now.AddDays(1), room.Now));
        List<RoomEffect> effects = [];
        _ = room[Owner].TakeEffects(ref effects);
        var proof = RoomInviteProof.Compute(secret, room.Room, RoomKeys.IdOf(Owner), RoomKeys.IdOf(1));

        Assert.Null(room[Owner].Invites.Request(RoomKeys.IdOf(1), secret.Id.Span, proof, room.Now));
        _ = room[Owner].TakeEffects(ref effects);

        var used = effects.FindIndex(effect => effect is RoomEffect.Store { Change: RoomChange.LinkChanged });
        Assert.InRange(used, 0, effects.FindIndex(effect => effect is RoomEffect.Send) - 1);
    }

    [Fact]
    public void Links_are_for_moderators_and_can_be_revoked()
    {
        var room = new RoomScene(members: 2);
        var secret = new InviteSecret(new byte[16]);
        Assert.Null(room[1].Invites.Add(secret, uses: 1, room.Now.AddDays(1), room.Now));
        Assert.NotNull(room[Owner].Invites.Add(secret, uses: 5, room.Now.AddDays(1), room.Now));
        var proof = RoomInviteProof.Compute(secret, room.Room, RoomKeys.IdOf(Owner), RoomKeys.IdOf(2));

        Assert.True(room[Owner].Invites.Revoke(secret.Id.Span));

        Assert.Equal(
            RoomInviteRefusal.Revoked,
            room[Owner].Invites.Request(RoomKeys.IdOf(2), secret.Id.Span, proof, room.Now)
        );
        Assert.False(room[Owner].Invites.Revoke(new byte[InviteSecret.IdSize]));
    }

    [Fact]
    public void Expired_links_leave_room_for_new_ones()
    {
        var room = new RoomScene(members: 1);
        for (var i = 0; i < 16; i++)
        {
            Assert.NotNull(room[Owner].Invites.Add(Secret(i), uses: 1, room.Now.AddHours(1), room.Now));
        }

        Assert.Null(room[Owner].Invites.Add(Secret(16), uses: 1, room.Now.AddHours(1), room.Now));
        room.Pass(TimeSpan.FromHours(2));

        Assert.NotNull(room[Owner].Invites.Add(Secret(16), uses: 1, room.Now.AddHours(1), room.Now));

        static InviteSecret Secret(int number) => new([.. BitConverter.GetBytes((Int128)number)]);
    }

    [Fact]
    public void Invalid_names_texts_pictures_and_roles_are_refused()
    {
        var room = new RoomScene(members: 2);

        Assert.Equal(RoomRefusal.Malformed, room[Owner].Rename(" "));
        Assert.Equal(RoomRefusal.TooLarge, room[Owner].Rename(new string('x', RoomLimits.NameLength + 1)));
        Assert.Equal(RoomRefusal.Malformed, room[Owner].SetPicture([1, 2, 3]));
        Assert.Null(room[Owner].SetPicture(TestPictures.PngOfSize(RoomLimits.TextBytes)));
        // Without metadata it would be a valid profile picture, but no event can carry it.
        Assert.Equal(RoomRefusal.TooLarge, room[Owner].SetPicture(TestPictures.PngOfSize(RoomLimits.TextBytes + 1)));
        Assert.Equal(RoomRefusal.Malformed, room[Owner].SetRole(RoomKeys.IdOf(1), (RoomRole)7));
        Assert.Equal(RoomRefusal.Malformed, room[Owner].Send(new RoomMessage("", room.Now)));
        Assert.Equal(
            RoomRefusal.TooLarge,
            room[Owner].Send(new RoomMessage(new string('x', RoomLimits.TextBytes + 1), room.Now))
        );
    }

    [Fact]
    public void Invalid_picture_of_a_moderator_is_not_shown()
    {
        var room = new RoomScene(members: 3);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(1), RoomRole.Moderator));
        Assert.Null(room[Owner].SetPicture(TestPictures.RealPng));
        room.Settle();
        Assert.Equal(TestPictures.RealPng, room[2].Picture.ToArray());
        byte[][] invalid =
        [
            [.. "<svg xmlns='http://www.w3.org/2000/svg'/>"u8],
            TestPictures.PngOfSize(RoomLimits.TextBytes + 1),
            TestPictures.Png(513, 1),
        ];

        foreach (var picture in invalid)
        {
            var set = RoomForgery.Picture(room[1].Log, 1, picture);
            foreach (var member in new[] { Owner, 1, 2 })
            {
                room[member].Receive(RoomKeys.IdOf(1), set, room.Now);
                Assert.True(room[member].Picture.IsEmpty);
                Assert.Equal(set.Id, room[member].State.Picture);
            }
        }

        // The members still agree, and go on from there.
        Assert.Null(room[1].SetPicture(TestPictures.RealPng));
        room.Settle();
        Assert.Equal(TestPictures.RealPng, room[2].Picture.ToArray());
        Assert.Null(room[Owner].SetPicture([]));
        room.Settle();
        Assert.True(room[2].Picture.IsEmpty);
        Assert.True(room[2].RemovesPicture(room[2].State.Picture!.Value));
    }

    [Fact]
    public void Event_that_depends_on_a_refused_event_is_refused()
    {
        var room = new RoomScene(members: 2);
        var log = room[Owner].Log;
        var heads = log.Membership.Heads.Select(head => head.Event.Id);
        var forged = RoomForgery.Membership(log, 1, RoomEventKind.Invite, heads, 5);
        var join = RoomForgery.Membership(log, 5, RoomEventKind.Join, [forged.Id]);
        room[Owner].Receive(RoomKeys.IdOf(1), join, room.Now);
        Assert.Equal(1, log.Pending.Count);

        room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);

        Assert.Equal(0, log.Pending.Count);
    }

    [Fact]
    public void Waiting_event_of_a_stranger_gives_way_to_a_newer_one()
    {
        var room = new RoomScene(members: 1);
        for (var i = 0; i < 2 * RoomLimits.WaitingPerAuthor; i++)
        {
            var forged = RoomForgery.Membership(room[Owner].Log, 50 + i, RoomEventKind.Join, [Any(i)]);
            room[Owner].Receive(RoomKeys.IdOf(50), forged, room.Now);
        }

        var invited = RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Join, [Any(1000)]);
        room[Owner].Receive(RoomKeys.IdOf(1), invited, room.Now);

        Assert.True(room[Owner].Log.Pending.Contains(invited.Id));
        Assert.Equal(RoomLimits.WaitingPerAuthor, room[Owner].Log.Pending.Count);
    }

    [Fact]
    public void Blocked_members_are_not_asked()
    {
        var room = new RoomScene(members: 3);
        room[Owner].SetBlocked(new HashSet<PeerId> { RoomKeys.IdOf(2) });
        room.Settle();
        List<RoomEffect> effects = [];
        room[Owner].Receive(RoomKeys.IdOf(1), RoomForgery.Message(room, 1, "hello", parents: [Any(1)]), room.Now);

        room[Owner].Tick(room.Now + RoomLimits.MessageWait);
        room[Owner].Reachable(RoomKeys.IdOf(2), room.Now);
        _ = room[Owner].TakeEffects(ref effects);

        Assert.DoesNotContain(effects.OfType<RoomEffect.Ask>(), ask => ask.To == RoomKeys.IdOf(2));
    }

    private static RoomEventId Any(int number)
    {
        var bytes = new byte[RoomEventId.Size];
        BitConverter.TryWriteBytes(bytes, number + 1);
        return new RoomEventId(bytes);
    }
}

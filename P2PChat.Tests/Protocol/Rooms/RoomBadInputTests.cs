using Google.Protobuf;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Rooms.Wire;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Whatever arrives is refused for a reason, or kept within limits.</summary>
public sealed class RoomBadInputTests
{
    private const int Owner = 0;
    private const int Stranger = 9;

    [Fact]
    public void Event_survives_its_encoding()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "hello");
        var sent = room[1].Log.Find(room[1].Log.Order.Single())!;

        var read = RoomEvent.Verify(sent.ToBytes());

        Assert.Equal((sent.Id, sent.Author, sent.Room), (read.Id, read.Author, read.Room));
        Assert.Equal(sent.Heads, read.Heads);
        Assert.Equal(sent.ToBytes(), read.ToBytes());
        Assert.Equal("hello", RoomMessage.Of(read)!.Text);
    }

    [Fact]
    public void Event_without_its_body_keeps_its_id_and_signature()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "hello");
        var sent = room[1].Log.Find(room[1].Log.Order.Single())!;

        var read = RoomEvent.Verify(sent.WithoutBody().ToBytes());

        Assert.Equal(sent.Id, read.Id);
        Assert.Null(read.Body);
    }

    [Fact]
    public void Id_does_not_depend_on_the_signature()
    {
        var header = RoomForgery.Header(RoomEventKind.Join, Any(1));
        header.Parents.Add(RoomForgery.Bytes(Any(2)));

        var (one, other) = (
            RoomEvent.Sign(header, default, RoomKeys.Of(1)),
            RoomEvent.Sign(header, default, RoomKeys.Of(1))
        );

        Assert.Equal(one.Id, other.Id);
        Assert.NotEqual(one.ToBytes(), other.ToBytes());
    }

    [Theory]
    [InlineData("👍👍")]
    [InlineData("a")]
    [InlineData("👍 ")]
    [InlineData("<b>")]
    [InlineData("\u202e👍")]
    [InlineData("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦")]
    public void Reaction_that_is_not_one_emoji_changes_nothing(string emoji)
    {
        var room = new RoomScene(members: 3);
        room.Say(1, "hello");
        room.Settle();
        var target = room[1].Log.Order.Single();
        room.Say(2, "reacted", new RoomContent.Reaction(target, "👍"));

        // The user interface refuses it.
        var reaction = new RoomContent.Reaction(target, emoji);
        room.Say(2, "reacted", reaction);
        room.Say(2, "next");
        room.Settle();
        // This version never sends a reaction in a `message`, so it is forged.
        var last = room[2].Log.Find(room[2].Log.Order.Last())!;
        var header = RoomForgery.Header(RoomEventKind.Message, room.Room, last.Id);
        header.Parents.Add(RoomForgery.Bytes(last.Id));
        header.Heads.AddRange(last.Heads.Select(RoomForgery.Bytes));
        var body = new RoomMessage("shown as its text", default, reaction).ToBody();
        var forged = RoomEvent.Sign(header, body, RoomKeys.Of(2));
        Assert.All([0, 1, 2], member => room[member].Receive(RoomKeys.IdOf(2), forged, room.Now));
        room.Say(1, "last");
        room.Settle();

        room.AssertAgree(0, 1, 2);
        Assert.Equal(["hello", "next", "shown as its text", "last"], room.TextsOf(0));
        Assert.Equal("👍", RoomTimeline.Of(room[0].Log)[0].Reactions[RoomKeys.IdOf(2)]);
        Assert.All(RoomTimeline.Of(room[0].Log).Skip(1), row => Assert.Empty(row.Reactions));
    }

    [Fact]
    public void Event_with_10000_parents_is_too_large()
    {
        var signed = SignedEvent.Parser.ParseFrom(Valid().ToBytes());
        var header = EventHeader.Parser.ParseFrom(signed.Header);
        header.Parents.AddRange(Enumerable.Range(0, 10_000).Select(i => RoomForgery.Bytes(Any(i))));
        signed.Header = header.ToByteString();

        AssertRefused(RoomRefusal.TooLarge, signed.ToByteArray());
    }

    [Fact]
    public void Event_with_17_parents_is_refused()
    {
        var signed = SignedEvent.Parser.ParseFrom(Valid().ToBytes());
        var header = EventHeader.Parser.ParseFrom(signed.Header);
        header.Parents.AddRange(Enumerable.Range(0, 17).Select(i => RoomForgery.Bytes(Any(i))));
        signed.Header = header.ToByteString();

        AssertRefused(RoomRefusal.TooManyParents, signed.ToByteArray());
    }

    [Fact]
    public void Changed_header_has_a_bad_signature()
    {
        var signed = SignedEvent.Parser.ParseFrom(Valid().ToBytes());
        var header = EventHeader.Parser.ParseFrom(signed.Header);
        header.Kind = (uint)RoomEventKind.Leave;
        signed.Header = header.ToByteString();

        AssertRefused(RoomRefusal.BadSignature, signed.ToByteArray());
    }

    [Fact]
    public void Changed_body_is_refused()
    {
        var signed = SignedEvent.Parser.ParseFrom(Valid().ToBytes());
        signed.Body = ByteString.CopyFrom(1, 2, 3);

        AssertRefused(RoomRefusal.WrongBody, signed.ToByteArray());
    }

    [Fact]
    public void Empty_body_of_a_message_counts_as_left_out()
    {
        var room = new RoomScene(members: 2);
        var signed = SignedEvent.Parser.ParseFrom(RoomForgery.Message(room, 1, "deleted").ToBytes());
        signed.Body = ByteString.Empty;

        Assert.Null(RoomEvent.Verify(signed.ToByteArray()).Body);
    }

    [Fact]
    public void Key_of_another_peer_is_refused()
    {
        var signed = SignedEvent.Parser.ParseFrom(Valid().ToBytes());
        signed.PublicKey = ByteString.CopyFrom(RoomKeys.Of(5).ExportSubjectPublicKeyInfo());

        AssertRefused(RoomRefusal.WrongKey, signed.ToByteArray());
    }

    [Fact]
    public void Membership_event_that_names_a_message_as_parent_is_refused()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "hello");
        room.Settle();
        var message = room[Owner].Log.Order.Single();

        var leave = RoomForgery.Membership(room[Owner].Log, 1, RoomEventKind.Leave, [message]);

        AssertRefused(room, leave, RoomRefusal.WrongParent);
    }

    [Fact]
    public void Signature_of_a_non_member_is_refused()
    {
        var room = new RoomScene(members: 2);

        AssertRefused(
            room,
            RoomForgery.Message(room[0].Log, Stranger, "hi", [], Heads(room), null),
            RoomRefusal.NotAMember
        );
        AssertRefused(
            room,
            RoomForgery.Membership(room[0].Log, Stranger, RoomEventKind.Join, Heads(room)),
            RoomRefusal.NotAMember
        );
        Assert.Empty(room.TextsOf(Owner));
    }

    [Fact]
    public void Event_of_another_room_is_refused()
    {
        var (room, other) = (new RoomScene(members: 2), RoomMachine.Create(RoomKeys.Of(1), "Other", 0, new byte[16]));

        AssertRefused(room, other, RoomRefusal.WrongRoom);
    }

    [Fact]
    public void Predecessor_of_another_author_is_refused()
    {
        var room = new RoomScene(members: 3);
        var ofOther = room[0].Log.Membership.Ordered.Last(node => node.Event.Author == RoomKeys.IdOf(2)).Event.Id;

        var leave = RoomForgery.Membership(room[0].Log, 1, RoomEventKind.Leave, Heads(room), previous: ofOther);

        AssertRefused(room, leave, RoomRefusal.WrongParent);
    }

    [Fact]
    public void Unknown_membership_parents_never_push_out_the_events_of_others()
    {
        var room = new RoomScene(members: 3);
        for (var i = 0; i < 2000; i++)
        {
            var forged = RoomForgery.Membership(room[0].Log, 1, RoomEventKind.Leave, [Any(i)]);
            room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);
        }

        Assert.Equal(RoomLimits.WaitingPerAuthor, room[Owner].Log.Pending.Count);
        var honest = RoomForgery.Message(room, 2, "waits", parents: [Any(1)]);
        room[Owner].Receive(RoomKeys.IdOf(2), honest, room.Now);
        room.Pass(RoomLimits.MessageWait);
        Assert.Equal(["waits"], room.TextsOf(Owner));
    }

    [Fact]
    public void Unknown_id_among_heads_and_parents_is_waited_for_once()
    {
        var room = new RoomScene(members: 2);
        var late = RoomForgery.Membership(room[0].Log, Owner, RoomEventKind.Rename, Heads(room));
        var message = RoomForgery.Message(room, 1, "hello", [late.Id], [late.Id], late.Id);
        room[Owner].Receive(RoomKeys.IdOf(1), message, room.Now);

        room[Owner].Receive(RoomKeys.IdOf(1), late, room.Now);

        Assert.Equal(["hello"], room.TextsOf(Owner));
    }

    [Fact]
    public void Strangers_share_one_place_to_wait()
    {
        var room = new RoomScene(members: 2);
        for (var i = 0; i < 100; i++)
        {
            var forged = RoomForgery.Membership(room[0].Log, 50 + i, RoomEventKind.Join, [Any(i)]);
            room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);
        }

        Assert.Equal(RoomLimits.WaitingPerAuthor, room[Owner].Log.Pending.Count);
    }

    [Fact]
    public void Questions_for_events_that_do_not_exist_are_bounded()
    {
        var room = new RoomScene(members: 3);
        var forged = RoomForgery.Message(room, 1, "hello", parents: [.. Enumerable.Range(0, 16).Select(Any)]);
        room[Owner].Receive(RoomKeys.IdOf(1), forged, room.Now);

        var questions = 0;
        List<RoomEffect> effects = [];
        for (var i = 0; i < 100; i++)
        {
            _ = room[Owner].TakeEffects(ref effects);
            questions += effects.OfType<RoomEffect.Ask>().Count();
            room.Now += RoomLimits.MessageWait;
            room[Owner].Tick(room.Now);
        }

        Assert.InRange(questions, 1, 4);
    }

    [Fact]
    public void Unknown_kinds_have_no_effect_or_are_shown_by_their_text()
    {
        var room = new RoomScene(members: 2);
        var header = RoomForgery.Header((RoomEventKind)12, room.Room);
        header.Parents.AddRange(Heads(room).Select(RoomForgery.Bytes));
        room[Owner].Receive(RoomKeys.IdOf(1), RoomEvent.Sign(header, default, RoomKeys.Of(1)), room.Now);
        header = RoomForgery.Header((RoomEventKind)42, room.Room);
        header.Heads.AddRange(Heads(room).Select(RoomForgery.Bytes));
        var body = new RoomMessage("started a poll", room.Now).ToBody();

        room[Owner].Receive(RoomKeys.IdOf(1), RoomEvent.Sign(header, body, RoomKeys.Of(1)), room.Now);

        Assert.Equal(["started a poll"], room.TextsOf(Owner));
    }

    private static RoomEvent Valid()
    {
        var header = RoomForgery.Header(RoomEventKind.Join, Any(1));
        header.Parents.Add(RoomForgery.Bytes(Any(2)));
        return RoomEvent.Sign(header, default, RoomKeys.Of(1));
    }

    private static IEnumerable<RoomEventId> Heads(RoomScene room) =>
        room[0].Log.Membership.Heads.Select(head => head.Event.Id);

    private static void AssertRefused(RoomRefusal refusal, byte[] bytes) =>
        Assert.Equal(refusal, Assert.Throws<RoomException>(() => RoomEvent.Verify(bytes)).Refusal);

    private static void AssertRefused(RoomScene room, RoomEvent roomEvent, RoomRefusal refusal)
    {
        List<RoomEffect> effects = [];
        _ = room[Owner].TakeEffects(ref effects);
        room[Owner].Receive(RoomKeys.IdOf(1), roomEvent, room.Now);
        _ = room[Owner].TakeEffects(ref effects);
        Assert.Equal(
            refusal,
            Assert.IsType<RoomReport.Refused>(Assert.IsType<RoomEffect.Report>(effects[0]).What).Reason
        );
    }

    private static RoomEventId Any(int number)
    {
        var bytes = new byte[RoomEventId.Size];
        BitConverter.TryWriteBytes(bytes, number + 1);
        return new RoomEventId(bytes);
    }
}

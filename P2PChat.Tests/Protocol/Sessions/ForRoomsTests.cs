using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>Two sides that accept each other only because both are members of a room.</summary>
public sealed class ForRoomsTests
{
    private static readonly Request ForRooms = new() { ForRooms = true };

    [Fact]
    public void Contact_that_is_asked_for_rooms_learns_that_it_was_removed()
    {
        var pair = SessionPair.Connected(out _);
        RemoveContact(pair.High);
        pair.Settle();
        pair.Low.Send("to a contact");

        ConnectForRooms(pair, pair.High);

        Assert.Contains(pair.Low.Seen, effect => effect is SessionEffect.ContactLost);
        Assert.Contains(pair.Low.Seen, effect => effect is SessionEffect.Abandoned { Reason: AbandonReason.Refused });
        Assert.Equal((false, true), (pair.Low.Session.IsContact, pair.Low.Session.IsForRooms));
        Assert.Equal((false, true), (pair.High.Session.IsContact, pair.High.Session.IsForRooms));
        Assert.Empty(pair.High.Received);
    }

    [Fact]
    public void Text_of_a_member_is_never_acknowledged()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);

        pair.Low.Send("to a member");
        pair.Settle();

        Assert.Empty(pair.High.Received);
        Assert.Equal(1, pair.Low.Session.Conversation.Unacknowledged);
        Assert.False(pair.High.Session.IsConnected);
    }

    [Fact]
    public void Event_of_a_member_arrives()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);

        SendEvent(pair.Low);
        pair.Settle();

        _ = Assert.Single(pair.High.Received);
        Assert.Equal(0, pair.Low.Session.Conversation.Unacknowledged);
    }

    [Fact]
    public void Deleted_event_waits_without_its_text()
    {
        var pair = new SessionPair();
        Assert.True(pair.Low.Session.AcceptMember(pair.High.Name));
        var (deleted, other) = (RoomOf("deleted"), RoomOf("other"));
        SendEvent(pair.Low, deleted.ToBytes());
        SendEvent(pair.Low, other.ToBytes());

        pair.Low.Session.Conversation.Erase(deleted.Id);
        pair.Low.Carry();
        ConnectForRooms(pair, pair.Low);

        var arrived = pair
            .High.Seen.OfType<SessionEffect.Deliver>()
            .Select(one => RoomEvent.Parse(((MessageContent.Room)one.Message.Content!).Event.Span))
            .ToList();
        Assert.Equal([deleted.Id, other.Id], arrived.Select(one => one.Id));
        Assert.Equal([true, false], arrived.Select(one => one.Body is null));
    }

    [Fact]
    public void Rejected_request_for_rooms_keeps_the_member_and_its_events()
    {
        var pair = new SessionPair();
        Assert.True(pair.Low.Session.AcceptMember(pair.High.Name));
        SendEvent(pair.Low);
        Begin(pair, pair.Low);
        Assert.True(pair.High.Session.RejectForRooms());
        pair.High.Carry();
        pair.Settle();

        Assert.True(pair.Low.Session.IsForRooms);
        Assert.Equal(1, pair.Low.Session.Conversation.Unacknowledged);
        Assert.DoesNotContain(pair.Low.Seen, effect => effect is SessionEffect.Rejected);
        Assert.False(pair.Low.Session.HasSentRequest);
    }

    [Fact]
    public void Request_by_mail_does_not_make_a_member_a_contact()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);
        var request = new Frame { Request = new Request { Username = pair.High.Name.Value } };

        Assert.Equal(MailOutcome.Bad, pair.Low.Session.ReceiveMail(1, [request]));
        Assert.True(pair.Low.Session.IsForRooms);
    }

    [Fact]
    public void Members_become_contacts_by_a_request()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);

        _ = pair.Connect(pair.High);
        pair.Settle();
        Assert.True(pair.Low.Session.HasReceivedRequest);
        Assert.True(pair.Low.Session.Accept());
        pair.Low.Carry();
        pair.Low.Send("first");
        pair.Settle();
        pair.High.Send("second");
        pair.Settle();

        Assert.True(pair.Low.Session.IsContact && pair.High.Session.IsContact);
        Assert.Equal(["first"], pair.High.Received);
        Assert.Equal(["second"], pair.Low.Received);
        Assert.Equal(2, pair.High.Seen.OfType<SessionEffect.Connected>().Count());
    }

    [Fact]
    public void Declined_request_of_a_member_leaves_the_room()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);
        _ = pair.Connect(pair.High);
        pair.Settle();

        Assert.True(pair.Low.Session.Reject(RejectReason.Declined));
        pair.Low.Carry();
        pair.Settle();

        Assert.Contains(pair.High.Seen, effect => effect is SessionEffect.Rejected);
        Assert.True(pair.High.Session is { IsForRooms: true, IsConnected: true });
        Assert.True(pair.Low.Session is { IsForRooms: true, IsConnected: true });
    }

    [Fact]
    public void Request_of_a_stranger_is_not_accepted_with_one_for_rooms()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.High);
        pair.Settle();

        ConnectForRooms(pair, pair.Low);

        Assert.True(pair.Low.Session.HasReceivedRequest);
        Assert.False(pair.Low.Session.IsContact);
    }

    private static void ConnectForRooms(SessionPair pair, SessionPair.Side from)
    {
        Begin(pair, from);
        Assert.True(from.Other.Session.AcceptForRooms());
        from.Other.Carry();
        pair.Settle();
    }

    private static void Begin(SessionPair pair, SessionPair.Side from)
    {
        Assert.Equal(ConnectOutcome.Dial, from.Session.BeginConnect(from.Other.Name, ForRooms));
        _ = pair.Dial(from);
        pair.Settle();
    }

    private static void RemoveContact(SessionPair.Side side)
    {
        side.Session.End(CloseReason.Ended);
        side.Session.RemoveContact();
        side.Carry();
    }

    private static RoomEvent RoomOf(string name) => RoomMachine.Create(RoomKeys.Of(0), name, 0, new byte[16]);

    private static void SendEvent(SessionPair.Side from) => SendEvent(from, RoomOf("any").ToBytes());

    private static void SendEvent(SessionPair.Side from, byte[] bytes)
    {
        _ = from.Session.Conversation.Send(
            new OutgoingMessage(Guid.CreateVersion7(), FallbackText.Room, SessionPair.Start)
            {
                Content = new MessageContent.Room(bytes),
            }
        );
        from.Carry();
    }
}

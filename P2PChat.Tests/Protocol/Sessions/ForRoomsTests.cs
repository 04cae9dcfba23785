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

        pair.Low.Session.Conversation.Erase(id => id == deleted.Id);
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

    [Fact]
    public void Contact_made_by_mail_survives_the_next_request_for_rooms()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);

        AcceptByMail(pair.High, MailIntroduction.Accept);
        pair.Settle();
        Assert.False(pair.High.Session.IsConnected || pair.Low.Session.IsConnected);
        pair.High.Mail(10_000);
        AskForRoomsInVain(pair, pair.Low);
        // The low side finds its own request, to which the mail is the answer.
        AcceptByMail(pair.Low, MailIntroduction.None);
        pair.Low.Collect();

        AssertContacts(pair, pair.Low);
    }

    [Fact]
    public void Contact_made_by_an_invite_on_a_link_for_rooms_connects_again()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);

        AcceptByMail(pair.High, MailIntroduction.Request);
        pair.Settle();
        Assert.True(pair.High.Session is { IsContact: true, IsConnected: false });
        AskForRoomsInVain(pair, pair.Low);

        AssertContacts(pair, pair.High);
    }

    [Fact]
    public void Known_inviter_is_accepted_on_a_link_for_rooms_and_connects_again()
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);

        Assert.True(pair.High.Session.AcceptInviter(pair.Low.Name));
        pair.High.Carry();
        pair.Settle();
        Assert.True(pair.High.Session is { IsContact: true, IsConnected: false });
        AskForRoomsInVain(pair, pair.Low);

        AssertContacts(pair, pair.High);
    }

    [Fact]
    public void Contact_accepted_without_a_link_refuses_rooms_after_a_restart()
    {
        var pair = new SessionPair();
        AcceptByMail(pair.High, MailIntroduction.Accept);
        pair.High.Restart();

        Assert.True(pair.Low.Session.AcceptMember(pair.High.Name));
        AskForRoomsInVain(pair, pair.Low);

        AssertContacts(pair, pair.High);
    }

    [Fact]
    public void Contact_whose_accept_is_in_the_mailbox_refuses_rooms_later()
    {
        var pair = new SessionPair();
        AcceptByMail(pair.High, MailIntroduction.Accept);
        Assert.True(pair.High.Session.ComposeMail(int.MaxValue));
        pair.High.Carry();
        Assert.Equal(MailIntroduction.None, pair.High.Session.Introduction);
        pair.High.Restart();

        Assert.True(pair.Low.Session.AcceptMember(pair.High.Name));
        AskForRoomsInVain(pair, pair.Low);

        AssertContacts(pair, pair.High);
        pair.High.Restart();
        Assert.False(pair.High.Session.Snapshot.IsUnconfirmed);
    }

    [Fact]
    public void Attempt_for_rooms_ends_when_its_side_becomes_a_contact()
    {
        var pair = new SessionPair();
        Assert.True(pair.Low.Session.AcceptMember(pair.High.Name));
        Begin(pair, pair.Low);

        AcceptByMail(pair.Low, MailIntroduction.Accept);
        pair.Settle();

        Assert.False(pair.High.Session.AcceptForRooms());
        Assert.True(pair.Low.Session is { IsContact: true, HasSentRequest: false });
        AssertContacts(pair, pair.Low);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pending_link_for_rooms_does_not_remove_a_new_contact(bool isByRequester)
    {
        var pair = new SessionPair();
        ConnectForRooms(pair, pair.Low);
        var (requester, other) = (pair.High, pair.Low);
        var upgrading = isByRequester ? requester : other;
        Assert.True(upgrading.Session.BeginUpgrade());
        _ = pair.Dial(upgrading);
        var pending = pair.Low.Incoming.Concat(pair.High.Incoming).Max(link => link.Key);
        var held = new[] { pair.Low, pair.High }.ToDictionary(side => side, side => side.Incoming[pending].ToList());
        _ = pair.Low.Incoming.Remove(pending);
        _ = pair.High.Incoming.Remove(pending);
        _ = pair.Connect(requester);
        pair.Settle();
        Assert.True(other.Session.Accept());
        other.Carry();
        other.Send("waits");
        pair.Settle();

        // The name on the pending link took long to check.
        foreach (var (side, frames) in held)
        {
            foreach (var frame in frames)
            {
                side.Session.Receive(pending, frame!, pair.Now);
                side.Carry();
            }
        }

        pair.Settle();
        foreach (var side in held.Keys)
        {
            _ = side.Session.AcceptForRooms();
            side.Carry();
        }

        pair.Settle();

        Assert.True(pair.Low.Session is { IsContact: true, IsConnected: true });
        Assert.True(pair.High.Session is { IsContact: true, IsConnected: true });
        Assert.Equal(["waits"], requester.Received);
    }

    [Fact]
    public void Requests_that_cross_on_one_link_do_not_remove_a_new_contact()
    {
        var pair = new SessionPair();
        AcceptByMail(pair.High, MailIntroduction.Accept);
        Assert.Equal(ConnectOutcome.Dial, pair.High.Session.BeginConnect(pair.Low.Name));
        Assert.Equal(ConnectOutcome.Dial, pair.Low.Session.BeginConnect(pair.High.Name, ForRooms));

        _ = pair.Open(pair.Low, LinkPath.Unspecified, bothAsk: true);
        pair.Settle();

        Assert.True(pair.High.Session is { IsContact: true, IsConnected: false });
        Assert.False(pair.Low.Session.IsConnected);
    }

    private static void AcceptByMail(SessionPair.Side side, MailIntroduction introduction)
    {
        Assert.True(side.Session.AcceptByMail(side.Other.Name, introduction, side.Other.Grant));
        side.Carry();
    }

    private static void AskForRoomsInVain(SessionPair pair, SessionPair.Side from)
    {
        Begin(pair, from);
        _ = from.Other.Session.AcceptForRooms();
        from.Other.Carry();
        pair.Settle();
        Assert.True(from.Other.Session.IsContact);
        Assert.False(from.Session.HasSentRequest);
        Assert.DoesNotContain(from.Other.Seen, effect => effect is SessionEffect.ContactLost);
    }

    // Connects by a request that is not for rooms, which the other side's user or an invite accepts.
    private static void AssertContacts(SessionPair pair, SessionPair.Side from)
    {
        _ = pair.Connect(from);
        pair.Settle();
        _ = from.Other.Session.Accept();
        from.Other.Carry();
        pair.Settle();
        from.Send("first");
        from.Other.Send("second");
        pair.Settle();

        Assert.True(from.Session.IsContact && from.Other.Session.IsContact);
        Assert.Equal(["first"], from.Other.Received);
        Assert.Equal(["second"], from.Received);
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

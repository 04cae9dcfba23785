using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

public class PeerSessionTests
{
    [Fact]
    public void Accepted_request_connects_both_sides()
    {
        var pair = SessionPair.Connected(out _);

        pair.Low.Send("hello");
        pair.High.Send("hi");
        pair.Settle();

        Assert.Equal(["hello"], pair.High.Received);
        Assert.Equal(["hi"], pair.Low.Received);
        _ = Assert.Single(pair.Low.Seen.OfType<SessionEffect.Delivered>());
        Assert.Equal(0, pair.Low.Session.Conversation.Unacknowledged);
    }

    [Fact]
    public void Message_is_not_sent_before_the_accept()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Low.Send("early");
        pair.High.Send("early too");
        pair.Settle();
        Assert.Empty(pair.High.Received);
        Assert.Empty(pair.Low.Received);

        _ = pair.High.Session.Accept();
        pair.High.Carry();
        pair.Settle();

        Assert.Equal(["early"], pair.High.Received);
        Assert.Equal(["early too"], pair.Low.Received);
    }

    [Fact]
    public void Rejected_request_is_reported_and_closes_the_link()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        Assert.True(pair.High.Session.Reject(RejectReason.Declined));
        pair.High.Carry();
        pair.Settle();

        Assert.Equal([new SessionEffect.Rejected(RejectReason.Declined)], pair.Low.Seen);
        Assert.Equal([new SessionEffect.RequestArrived(pair.Low.Name, Known: false, new Request())], pair.High.Seen);
        Assert.True(pair.Low.Session.IsIdle);
        Assert.True(pair.High.Session.IsIdle);
        Assert.False(pair.High.Session.Accept());
    }

    [Fact]
    public void Crossing_requests_are_accepted_and_leave_one_link()
    {
        var pair = new SessionPair();
        var kept = pair.Connect(pair.Low);
        _ = pair.Connect(pair.High);

        pair.Settle();

        foreach (var side in new[] { pair.Low, pair.High })
        {
            Assert.Equal([new SessionEffect.Connected(side.Other.Name)], side.Seen);
            side.Session.LinkDown(kept, CloseReason.ConnectionLost, byRemote: false);
            Assert.False(side.Session.IsConnected);
        }
    }

    [Fact]
    public void Link_dialled_by_the_lower_peer_stays()
    {
        var pair = new SessionPair();
        var first = pair.Connect(pair.High);
        pair.Settle();
        _ = pair.Low.Session.Accept();
        pair.Low.Carry();
        pair.Settle();

        var second = pair.Dial(pair.Low);
        pair.Settle();

        pair.Low.Session.LinkDown(first, CloseReason.ConnectionLost, byRemote: false);
        Assert.True(pair.Low.Session.IsConnected);
        pair.Low.Session.LinkDown(second, CloseReason.ConnectionLost, byRemote: false);
        Assert.False(pair.Low.Session.IsConnected);
    }

    [Theory]
    [InlineData(CloseReason.Ended)]
    [InlineData(CloseReason.GoingAway)]
    public void Peer_that_ends_the_connection_leaves_no_older_link(CloseReason reason)
    {
        var pair = SessionPair.Connected(out var dead);
        // High has lost the link, and Low has not noticed.
        pair.High.Session.LinkDown(dead, CloseReason.ConnectionLost, byRemote: false);
        pair.High.Carry();
        _ = pair.High.Incoming.Remove(dead);
        _ = pair.Connect(pair.High);
        pair.Settle();
        Assert.True(pair.Low.Session.IsOpen(dead));

        pair.High.Session.End(reason);
        pair.High.Carry();
        pair.Settle();

        Assert.False(pair.Low.Session.IsConnected);
        var seen = Assert.Single(pair.Low.Seen.OfType<SessionEffect.Disconnected>());
        Assert.Equal(new SessionEffect.Disconnected(reason, ByRemote: true), seen);
    }

    [Fact]
    public void Late_Close_does_not_end_a_newer_link()
    {
        var pair = SessionPair.Connected(out var ended);
        pair.High.Session.End(CloseReason.Ended);
        var closing = pair.High.Session.TakeEffects();
        var newer = pair.Connect(pair.High);
        pair.Settle();
        Assert.Contains(new SessionEffect.Close(ended, CloseReason.Ended), closing);

        pair.Low.Session.LinkDown(ended, CloseReason.Ended, byRemote: true);
        pair.Low.Carry();

        Assert.True(pair.Low.Session.IsOpen(newer));
    }

    [Fact]
    public void Dead_preferred_link_does_not_block_a_new_one()
    {
        var pair = SessionPair.Connected(out var dead);

        // High has lost the link without a Close, and Low has not noticed.
        pair.High.Session.LinkDown(dead, CloseReason.ConnectionLost, byRemote: false);
        pair.High.Carry();
        _ = pair.Connect(pair.High);
        pair.Settle();
        _ = pair.High.Incoming.Remove(dead);
        pair.Low.Send("over the new one");
        pair.Settle();

        Assert.Equal(["over the new one"], pair.High.Received);
        pair.Low.Session.EndLink(dead, CloseReason.Silent);
        Assert.True(pair.Low.Session.IsConnected);
    }

    [Fact]
    public void Connecting_to_a_requesting_peer_accepts_its_request()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        Assert.Equal(ConnectOutcome.AcceptedTheirRequest, pair.High.Session.BeginConnect(pair.Low.Name));
        pair.High.Carry();
        pair.Settle();

        Assert.True(pair.Low.Session.IsConnected);
        Assert.True(pair.High.Session.IsConnected);
        Assert.Equal(ConnectOutcome.AlreadyConnected, pair.Low.Session.BeginConnect(pair.High.Name));
    }

    [Fact]
    public void Second_connect_while_requesting_does_nothing()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);

        Assert.Equal(ConnectOutcome.AlreadyRequested, pair.Low.Session.BeginConnect(pair.High.Name));
    }

    [Fact]
    public void Unanswered_request_expires_for_both_sides()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        pair.High.Session.Tick(SessionPair.Start.AddSeconds(60));
        pair.High.Carry();
        pair.Settle();

        Assert.Contains(new SessionEffect.RequestWithdrawn(CloseReason.RequestExpired), pair.High.Seen);
        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.RequestExpired, ByRemote: true)], pair.Low.Seen);
        Assert.False(pair.Low.Session.HasSentRequest);
    }

    [Fact]
    public void Request_is_withdrawn_when_its_link_ends()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        pair.Low.Session.End(CloseReason.Ended);
        pair.Low.Carry();
        pair.Settle();

        Assert.Contains(new SessionEffect.RequestWithdrawn(CloseReason.Ended), pair.High.Seen);
        Assert.False(pair.High.Session.Accept());
    }

    [Fact]
    public void Cut_link_loses_no_messages_in_flight()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Low.Send("one");
        pair.Settle();
        pair.Low.Send("two");
        pair.Low.Send("three");
        pair.Cut(link);
        Assert.Contains(new SessionEffect.Disconnected(CloseReason.ConnectionLost, ByRemote: false), pair.High.Seen);

        _ = pair.Connect(pair.High);
        pair.Settle();
        Assert.True(pair.Low.Session.Accept());
        pair.Low.Carry();
        pair.Settle();

        Assert.Equal(["one", "two", "three"], pair.High.Received);
        Assert.Equal(0, pair.Low.Session.Conversation.Unacknowledged);
        Assert.Contains(new SessionEffect.RequestArrived(pair.High.Name, Known: true, new Request()), pair.Low.Seen);
    }

    [Fact]
    public void Pending_links_are_limited()
    {
        var pair = new SessionPair();
        for (var i = 0; i < PeerSession.MaxPendingLinks; i++)
        {
            _ = pair.Dial(pair.Low);
        }

        pair.High.Session.LinkUp(99, LinkOrigin.Accepted, SessionPair.Start);

        Assert.Contains(new SessionEffect.Close(99, CloseReason.Overloaded), pair.High.Session.TakeEffects());
    }

    [Fact]
    public void Many_inbound_links_do_not_prevent_dialling()
    {
        var pair = new SessionPair();
        for (var i = 0; i < PeerSession.MaxPendingLinks; i++)
        {
            pair.Low.Session.LinkUp(100 + i, LinkOrigin.Accepted, SessionPair.Start);
        }

        _ = pair.Low.Session.TakeEffects();

        _ = pair.Connect(pair.Low);
        pair.Settle();
        Assert.True(pair.High.Session.HasReceivedRequest);
    }

    [Fact]
    public void Accepted_peer_cannot_connect_under_another_name()
    {
        // The directory confirms both names.
        var session = new SessionPair().High.Session;
        Ask(session, 1, "eve");
        Ask(session, 2, "bank");
        Assert.True(session.Accept());

        var effects = session.TakeEffects();
        Assert.Contains(new SessionEffect.Close(2, CloseReason.NameMismatch), effects);
        Assert.Equal("eve", Assert.Single(effects.OfType<SessionEffect.Connected>()).Name.Value);
    }

    [Fact]
    public void Waiting_request_is_accepted_when_another_link_opens()
    {
        var pair = new SessionPair();
        var session = pair.High.Session;
        Assert.Equal(ConnectOutcome.Dial, session.BeginConnect(pair.Low.Name));
        session.LinkUp(1, LinkOrigin.Dialled, SessionPair.Start);
        session.Receive(
            1,
            new Frame
            {
                Hello = new Hello { Version = 1, Username = "low" },
            },
            SessionPair.Start
        );

        // The requests cross. The open link is cut before the other answer arrives, and the other side sends another
        // request.
        Ask(session, 2, "low");
        session.LinkDown(2, CloseReason.ConnectionLost, byRemote: false);
        Ask(session, 3, "low");
        Assert.True(session.HasReceivedRequest);

        session.Receive(1, new Frame { Accept = new Accept() }, SessionPair.Start);

        Assert.True(session.IsConnected);
        Assert.False(session.HasReceivedRequest);
    }

    [Fact]
    public void Open_links_are_limited_without_a_resume()
    {
        var session = SessionPair.Connected(out _).High.Session;
        for (var link = 10; link < 30; link++)
        {
            Ask(session, link, "low");
        }

        var closed = session.TakeEffects().OfType<SessionEffect.Close>().ToList();
        Assert.Equal(21 - PeerSession.MaxOpenLinks, closed.Count);
        Assert.All(closed, close => Assert.Equal(CloseReason.Duplicate, close.Reason));
        Assert.True(session.IsConnected);
    }

    [Fact]
    public void Protocol_violation_ends_an_open_link()
    {
        var pair = SessionPair.Connected(out var link);

        pair.High.Session.Receive(link, new Frame { Hello = new Hello() }, SessionPair.Start);
        pair.High.Carry();

        Assert.Contains(new SessionEffect.Disconnected(CloseReason.ProtocolViolation, ByRemote: false), pair.High.Seen);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(0, false)]
    public void Directory_address_is_passed_on_within_its_length(int length, bool isPassedOn)
    {
        var pair = SessionPair.Connected(out _);
        var address = new string('u', length);

        Assert.True(pair.Low.Session.SendDirectoryAddress(address));
        pair.Low.Carry();
        pair.Settle();

        Assert.Equal(isPassedOn ? [address] : [], pair.High.Seen.OfType<SessionEffect.DirectoryAddress>().Select(Text));
        Assert.True(pair.High.Session.IsConnected);

        static string Text(SessionEffect.DirectoryAddress received) => received.Address;
    }

    [Fact]
    public void Directory_address_needs_an_open_link()
    {
        var pair = new SessionPair();
        Assert.False(pair.Low.Session.SendDirectoryAddress("http://192.0.2.1"));
        var link = pair.Connect(pair.Low);
        pair.Settle();

        pair.High.Session.Receive(link, new Frame { DirectoryAddress = new DirectoryAddress() }, SessionPair.Start);

        Assert.Contains(new SessionEffect.Close(link, CloseReason.ProtocolViolation), pair.High.Session.TakeEffects());
    }

    [Fact]
    public void Contact_and_queued_messages_survive_a_restart()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.Low.Send("queued");
        pair.Low.Restart();
        pair.High.Restart();
        Assert.Equal(pair.High.Name, pair.Low.Session.AcceptedAs);

        _ = pair.Connect(pair.Low);
        pair.Settle();

        Assert.Contains(new SessionEffect.RequestArrived(pair.Low.Name, Known: true, new Request()), pair.High.Seen);
        _ = pair.High.Session.Accept();
        pair.High.Carry();
        pair.Settle();
        Assert.Equal(["queued"], pair.High.Received);
    }

    [Fact]
    public void Acceptance_is_stored_before_it_is_sent()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        _ = pair.High.Session.Accept();

        var effects = pair.High.Session.TakeEffects();
        Assert.Equal(new SessionEffect.Store(new Change.Accepted(pair.Low.Name)), effects[0]);
        Assert.Equal(Frame.BodyOneofCase.Accept, Assert.IsType<SessionEffect.Transmit>(effects[1]).Frame.BodyCase);
    }

    [Fact]
    public void Declining_contact_refuses_queued_messages()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.Low.Send("queued");

        _ = pair.Connect(pair.Low);
        pair.Settle();
        _ = pair.High.Session.Reject(RejectReason.Declined);
        pair.High.Carry();
        pair.Settle();

        Assert.Equal(AbandonReason.Refused, Assert.Single(pair.Low.Seen.OfType<SessionEffect.Abandoned>()).Reason);
        Assert.Null(pair.Low.Session.AcceptedAs);
        Assert.Null(pair.Low.Stored.AcceptedAs);
        Assert.True(pair.Low.Session.IsIdle);
    }

    [Fact]
    public void RemoveContact_abandons_messages_before_the_contact()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.Low.Send("queued");
        _ = pair.Low.Session.TakeEffects();

        pair.Low.Session.RemoveContact();

        var changes = pair
            .Low.Session.TakeEffects()
            .OfType<SessionEffect.Store>()
            .Select(store => store.Change)
            .ToList();
        Assert.IsType<Change.Abandoned>(changes[0]);
        Assert.IsType<Change.ContactRemoved>(changes[^1]);
    }

    [Fact]
    public void Outdated_reject_does_not_end_an_accepted_connection()
    {
        var pair = new SessionPair();
        var asked = pair.Connect(pair.Low);
        pair.Low.DeliverNext(pair.Now);
        pair.High.DeliverNext(pair.Now);
        pair.High.DeliverNext(pair.Now);
        _ = pair.High.Session.Reject(RejectReason.Declined);
        var late = pair
            .High.Session.TakeEffects()
            .OfType<SessionEffect.Transmit>()
            .Single(transmit => transmit.Link == asked)
            .Frame;

        _ = pair.Connect(pair.High);
        pair.Settle();
        Assert.True(pair.Low.Session.IsConnected);
        pair.Low.Session.Receive(asked, late, pair.Now);
        pair.Low.Carry();

        Assert.Equal(pair.High.Name, pair.Low.Session.AcceptedAs);
        Assert.DoesNotContain(pair.Low.Seen, effect => effect is SessionEffect.Rejected);
    }

    [Fact]
    public void Accepting_by_an_invite_stores_its_id_before_the_accept_leaves()
    {
        var pair = new SessionPair();
        byte[] id = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
        var request = new Request { InviteId = ByteString.CopyFrom(id), InviteProof = ByteString.CopyFrom(id) };
        Assert.Equal(ConnectOutcome.Dial, pair.Low.Session.BeginConnect(pair.High.Name, request));
        _ = pair.Dial(pair.Low);
        pair.Settle();
        Assert.Equal([new SessionEffect.RequestArrived(pair.Low.Name, Known: false, request)], pair.High.Seen);

        ReadOnlyMemory<byte> invite = id;
        Assert.True(pair.High.Session.Accept(invite));
        var effects = new List<SessionEffect>();
        Assert.True(pair.High.Session.TakeEffects(ref effects));
        Assert.Equal(new SessionEffect.Store(new Change.Accepted(pair.Low.Name, invite)), effects[0]);
        Assert.Equal(Frame.BodyOneofCase.Accept, effects.OfType<SessionEffect.Transmit>().First().Frame.BodyCase);
        Assert.Single(effects.OfType<SessionEffect.Store>(), store => store.Change is Change.Accepted);
        Assert.False(pair.High.Session.Accept(invite));
    }

    [Fact]
    public void Inviter_is_a_contact_before_it_answers_until_it_rejects()
    {
        var pair = new SessionPair();
        var joiner = pair.Low.Session;
        Assert.True(joiner.AcceptInviter(pair.High.Name));
        Assert.True(joiner.AcceptInviter(pair.High.Name));
        pair.Low.Carry();
        Assert.True(joiner.IsContact);
        Assert.False(joiner.IsConnected);
        pair.Low.Send("queued");

        _ = pair.Connect(pair.Low);
        pair.Settle();
        Assert.False(joiner.AcceptInviter(Username.Parse("another")));
        Assert.True(pair.High.Session.Reject(RejectReason.Declined));
        pair.High.Carry();
        pair.Settle();
        Assert.False(joiner.IsContact);
    }

    [Fact]
    public void Mail_from_a_stranger_is_rejected()
    {
        var pair = new SessionPair();
        Assert.Equal(
            MailOutcome.Bad,
            pair.Low.Session.ReceiveMail(
                1,
                [
                    new Frame
                    {
                        Resume = new Resume { SendEpoch = 1, SendBase = 1 },
                    },
                ]
            )
        );
        pair.Low.Send("to a stranger");
        Assert.False(pair.Low.Session.ComposeMail(1000));
    }

    [Theory]
    [InlineData(2000)]
    public void Random_histories_deliver_every_message_once_and_in_order(int runs)
    {
        for (var seed = 1; seed <= runs; seed++)
        {
            try
            {
                RunAtRandom(new Random(seed));
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"Seed {seed} fails: {exception.Message}", exception);
            }
        }
    }

    /// <summary>The other side dials, gives a name that is confirmed, and sends a request.</summary>
    private static void Ask(PeerSession session, int link, string name)
    {
        session.LinkUp(link, LinkOrigin.Accepted, SessionPair.Start);
        session.Receive(
            link,
            new Frame
            {
                Hello = new Hello { Version = 1, Username = name },
            },
            SessionPair.Start
        );
        session.NameChecked(link, NameCheck.Confirmed, SessionPair.Start);
        session.Receive(link, new Frame { Request = new Request() }, SessionPair.Start);
    }

    private static void RunAtRandom(Random random)
    {
        var pair = new SessionPair();
        var links = new List<int>();
        var sent = new Dictionary<SessionPair.Side, List<string>> { [pair.Low] = [], [pair.High] = [] };
        for (var step = 0; step < 200; step++)
        {
            var side = random.Next(2) == 0 ? pair.Low : pair.High;
            switch (random.Next(100))
            {
                case < 4 when side.Session.BeginConnect(side.Other.Name) == ConnectOutcome.Dial:
                    links.Add(pair.Dial(side));
                    break;
                case < 6:
                    // An unexpected link, as from a restarted dialler.
                    links.Add(pair.Dial(side));
                    break;
                case < 9 when links.Count > 0:
                    pair.Cut(links[random.Next(links.Count)]);
                    break;
                case < 14:
                    _ = side.Session.Accept();
                    break;
                case < 16:
                    // Its process dies, and only committed changes remain.
                    foreach (var link in links)
                    {
                        pair.Cut(link);
                    }

                    side.Restart();
                    break;
                case < 18:
                    side.Mail(random.Next(500));
                    break;
                case < 20 when side.Session.IsContact:
                    side.Collect();
                    break;
                case < 34:
                    var text = $"{side.Name} {sent[side].Count}";
                    sent[side].Add(text);
                    side.Send(text);
                    break;
                default:
                    _ = side.DeliverNext(pair.Now, random.Next(8));
                    break;
            }

            pair.Low.Carry();
            pair.High.Carry();
            AssertPrefix(pair, sent);
            pair.Low.Stored.AssertIs(pair.Low.Session.Snapshot.Conversation);
            pair.High.Stored.AssertIs(pair.High.Session.Snapshot.Conversation);
        }

        // Finally both connect without faults, and all messages arrive.
        pair.Settle();
        if (!pair.Low.Session.IsConnected)
        {
            if (pair.Low.Session.BeginConnect(pair.High.Name) == ConnectOutcome.Dial)
            {
                _ = pair.Dial(pair.Low);
            }

            pair.Low.Carry();
            pair.Settle();
            _ = pair.High.Session.Accept();
            pair.High.Carry();
            pair.Settle();
        }

        Assert.Equal(sent[pair.Low], pair.High.Received);
        Assert.Equal(sent[pair.High], pair.Low.Received);
        Assert.Equal(0, pair.Low.Session.Conversation.Unacknowledged + pair.High.Session.Conversation.Unacknowledged);
        Assert.DoesNotContain(pair.Low.Seen.Concat(pair.High.Seen), effect =>
            effect is SessionEffect.Disconnected { Reason: CloseReason.ProtocolViolation }
        );
    }

    private static void AssertPrefix(SessionPair pair, Dictionary<SessionPair.Side, List<string>> sent)
    {
        foreach (var side in new[] { pair.Low, pair.High })
        {
            Assert.Equal(sent[side.Other].Take(side.Received.Count), side.Received);
        }
    }
}

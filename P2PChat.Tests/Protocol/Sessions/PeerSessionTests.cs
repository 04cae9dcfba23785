using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

public class PeerSessionTests
{
    [Fact]
    public void A_request_that_is_accepted_connects_both_and_messages_pass()
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
    public void No_message_goes_out_before_the_accept()
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
    public void A_rejected_request_tells_the_one_who_asked_and_leaves_no_link()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        Assert.True(pair.High.Session.Reject(RejectReason.Declined));
        pair.High.Carry();
        pair.Settle();

        Assert.Equal([new SessionEffect.Rejected(RejectReason.Declined)], pair.Low.Seen);
        Assert.Equal([new SessionEffect.RequestArrived(pair.Low.Name, Known: false)], pair.High.Seen);
        Assert.True(pair.Low.Session.IsIdle);
        Assert.True(pair.High.Session.IsIdle);
        Assert.False(pair.High.Session.Accept());
    }

    [Fact]
    public void Two_requests_that_cross_count_as_accepted_by_both_and_one_link_stays()
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
    public void The_link_of_the_lower_peer_stays_whichever_came_first()
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

    [Fact]
    public void A_dead_link_that_would_win_does_not_stand_in_the_way_of_a_new_one()
    {
        var pair = SessionPair.Connected(out var dead);

        // High lost it and says nothing on it; Low has not noticed.
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
    public void Who_is_asked_by_a_peer_and_connects_to_it_accepts_its_request()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        Assert.Equal(ConnectOutcome.AcceptedTheirs, pair.High.Session.BeginConnect(pair.Low.Name));
        pair.High.Carry();
        pair.Settle();

        Assert.True(pair.Low.Session.IsConnected);
        Assert.True(pair.High.Session.IsConnected);
        Assert.Equal(ConnectOutcome.AlreadyConnected, pair.Low.Session.BeginConnect(pair.High.Name));
    }

    [Fact]
    public void A_second_connect_while_the_first_is_under_way_does_nothing()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);

        Assert.Equal(ConnectOutcome.AlreadyAsking, pair.Low.Session.BeginConnect(pair.High.Name));
    }

    [Fact]
    public void A_request_that_nobody_answers_expires_for_both()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();

        pair.High.Session.Tick(SessionPair.Start.AddSeconds(60));
        pair.High.Carry();
        pair.Settle();

        Assert.Contains(new SessionEffect.RequestWithdrawn(CloseReason.RequestExpired), pair.High.Seen);
        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.RequestExpired, ByRemote: true)], pair.Low.Seen);
        Assert.False(pair.Low.Session.IsAsking);
    }

    [Fact]
    public void A_request_is_withdrawn_when_the_one_who_asked_hangs_up()
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
    public void A_cut_link_loses_nothing_that_was_on_its_way()
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
        Assert.Contains(new SessionEffect.RequestArrived(pair.High.Name, Known: true), pair.Low.Seen);
    }

    [Fact]
    public void Links_that_never_open_are_bounded()
    {
        var pair = new SessionPair();
        for (var i = 0; i < PeerSession.MaxPendingLinks; i++)
        {
            _ = pair.Dial(pair.Low);
        }

        pair.High.Session.LinkUp(99, isOutbound: false, SessionPair.Start);

        Assert.Contains(new SessionEffect.Close(99, CloseReason.Overloaded), pair.High.Session.TakeEffects());
    }

    [Fact]
    public void A_caller_with_many_links_does_not_keep_this_side_from_dialling()
    {
        var pair = new SessionPair();
        for (var i = 0; i < PeerSession.MaxPendingLinks; i++)
        {
            pair.Low.Session.LinkUp(100 + i, isOutbound: false, SessionPair.Start);
        }

        _ = pair.Low.Session.TakeEffects();

        _ = pair.Connect(pair.Low);
        pair.Settle();
        Assert.True(pair.High.Session.HasRequest);
    }

    [Fact]
    public void Who_is_accepted_under_one_name_does_not_come_in_under_another()
    {
        // Both names are its own, by the directory's word.
        var session = new SessionPair().High.Session;
        Ask(session, 1, "eve");
        Ask(session, 2, "bank");
        Assert.True(session.Accept());

        var effects = session.TakeEffects();
        Assert.Contains(new SessionEffect.Close(2, CloseReason.NameMismatch), effects);
        Assert.Equal("eve", Assert.Single(effects.OfType<SessionEffect.Connected>()).Name.Value);
    }

    [Fact]
    public void A_request_that_waits_when_another_link_opens_waits_no_longer()
    {
        var pair = new SessionPair();
        var session = pair.High.Session;
        Assert.Equal(ConnectOutcome.Dial, session.BeginConnect(pair.Low.Name));
        session.LinkUp(1, isOutbound: true, SessionPair.Start);
        session.Receive(
            1,
            new Frame
            {
                Hello = new Hello { Version = 1, Username = "low" },
            },
            SessionPair.Start
        );

        // The two requests cross; what opens so is cut before the other answer comes, and the other side asks anew.
        Ask(session, 2, "low");
        session.LinkDown(2, CloseReason.ConnectionLost, byRemote: false);
        Ask(session, 3, "low");
        Assert.True(session.HasRequest);

        session.Receive(1, new Frame { Accept = new Accept() }, SessionPair.Start);

        Assert.True(session.IsConnected);
        Assert.False(session.HasRequest);
    }

    [Fact]
    public void Who_never_says_which_link_is_to_stay_keeps_few()
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
    public void What_breaks_the_protocol_on_an_open_link_ends_it()
    {
        var pair = SessionPair.Connected(out var link);

        pair.High.Session.Receive(link, new Frame { Hello = new Hello() }, SessionPair.Start);
        pair.High.Carry();

        Assert.Contains(new SessionEffect.Disconnected(CloseReason.ProtocolViolation, ByRemote: false), pair.High.Seen);
    }

    [Fact]
    public void Who_has_been_accepted_stays_so_after_a_restart_and_what_was_queued_goes_out()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.Low.Send("queued");
        pair.Low.Restart();
        pair.High.Restart();
        Assert.Equal(pair.High.Name, pair.Low.Session.AcceptedAs);

        _ = pair.Connect(pair.Low);
        pair.Settle();

        Assert.Contains(new SessionEffect.RequestArrived(pair.Low.Name, Known: true), pair.High.Seen);
        _ = pair.High.Session.Accept();
        pair.High.Carry();
        pair.Settle();
        Assert.Equal(["queued"], pair.High.Received);
    }

    [Fact]
    public void That_a_peer_is_accepted_is_stored_before_it_is_told()
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
    public void A_contact_that_declines_has_refused_what_was_queued_for_it()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.Low.Send("queued");

        _ = pair.Connect(pair.Low);
        pair.Settle();
        _ = pair.High.Session.Reject(RejectReason.Declined);
        pair.High.Carry();
        pair.Settle();

        Assert.Equal(GiveUpReason.Refused, Assert.Single(pair.Low.Seen.OfType<SessionEffect.GivenUp>()).Reason);
        Assert.Null(pair.Low.Session.AcceptedAs);
        Assert.Null(pair.Low.Stored.AcceptedAs);
        Assert.True(pair.Low.Session.IsIdle);
    }

    [Fact]
    public void Who_parts_gives_up_its_messages_first_so_that_a_crash_between_leaves_none_to_a_stranger()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.Low.Send("queued");
        _ = pair.Low.Session.TakeEffects();

        pair.Low.Session.Part();

        var changes = pair
            .Low.Session.TakeEffects()
            .OfType<SessionEffect.Store>()
            .Select(store => store.Change)
            .ToList();
        Assert.IsType<Change.GaveUp>(changes[0]);
        Assert.IsType<Change.Parted>(changes[^1]);
    }

    [Fact]
    public void An_answer_that_another_links_acceptance_has_overtaken_ends_nothing()
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
    public void Mail_of_one_who_has_not_been_accepted_is_refused()
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
    public void Whatever_is_dialled_cut_and_sent_in_whatever_order_all_arrives_once_and_in_order(int runs)
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

    /// <summary>The other side dials, says its name, which is its own, and asks.</summary>
    private static void Ask(PeerSession session, int link, string name)
    {
        session.LinkUp(link, isOutbound: false, SessionPair.Start);
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
                    // A link that nobody asked for, as a restarted dialler makes.
                    links.Add(pair.Dial(side));
                    break;
                case < 9 when links.Count > 0:
                    pair.Cut(links[random.Next(links.Count)]);
                    break;
                case < 14:
                    _ = side.Session.Accept();
                    break;
                case < 16:
                    // Its process dies; what it had committed is all that is left.
                    foreach (var link in links)
                    {
                        pair.Cut(link);
                    }

                    side.Restart();
                    break;
                case < 18:
                    side.Mail(random.Next(500));
                    break;
                case < 20 when side.Session.IsKnown:
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

        // In the end nothing stands in the way: both connect, and all that was sent is there.
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

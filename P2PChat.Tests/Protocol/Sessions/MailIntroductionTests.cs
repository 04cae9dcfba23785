using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>First contact by mail (docs/protocol.md, section 10.6).</summary>
public class MailIntroductionTests
{
    private static readonly byte[] Invite = [9, .. new byte[MailboxCapability.Size - 1]];

    private readonly SessionPair _pair = new();

    private SessionPair.Side Joiner => _pair.Low;

    private SessionPair.Side Inviter => _pair.High;

    [Fact]
    public void Joiner_and_inviter_become_contacts_by_mail()
    {
        Join();
        Joiner.Send("hello");
        Joiner.Mail(1000);
        Assert.Equal(
            [
                Frame.BodyOneofCase.Request,
                Frame.BodyOneofCase.MailboxGrant,
                Frame.BodyOneofCase.Resume,
                Frame.BodyOneofCase.Message,
            ],
            Bodies(Inviter)
        );

        Accept();
        Inviter.Collect();
        Assert.Equal(["hello"], Inviter.Received);
        Assert.Empty(Inviter.Mailbox);
        Inviter.Send("welcome");
        Inviter.Mail(1000);
        Assert.Equal(
            [
                Frame.BodyOneofCase.Accept,
                Frame.BodyOneofCase.MailboxGrant,
                Frame.BodyOneofCase.Resume,
                Frame.BodyOneofCase.Message,
            ],
            Bodies(Joiner)
        );
        Joiner.Collect();
        Assert.Equal(["welcome"], Joiner.Received);
        Assert.Equal(0, Joiner.Session.Conversation.Unacknowledged);

        // From now on like any two contacts.
        Joiner.Send("thanks");
        Joiner.Mail(1000);
        Assert.Equal([Frame.BodyOneofCase.Resume, Frame.BodyOneofCase.Message], Bodies(Inviter));
        AssertKnown();
    }

    [Fact]
    public void Joiner_without_a_message_sends_one_envelope()
    {
        Join();
        Joiner.Mail(1000);
        Joiner.Mail(1000);

        _ = Assert.Single(Inviter.Mailbox);
        Assert.False(Joiner.Session.HasMail);
        Assert.Equal(MailIntroduction.Request, Joiner.Session.Introduction);
    }

    [Fact]
    public void Each_side_keeps_the_others_capability_with_the_contact()
    {
        Join();
        Assert.Equal(Invite, Joiner.Stored.Capability!.Value.ToArray());
        Joiner.Mail(1000);
        Accept();
        Assert.Equal(Joiner.Grant, Inviter.Stored.Capability!.Value.ToArray());
        Inviter.Collect();
        Inviter.Mail(1000);
        Joiner.Collect();

        Assert.Equal(Inviter.Grant, Joiner.Stored.Capability!.Value.ToArray());
        AssertKnown();
    }

    [Fact]
    public void Restart_sends_the_request_again_until_it_is_answered()
    {
        Join();
        Joiner.Mail(1000);
        Inviter.Mailbox.Clear();
        Joiner.Restart();
        Assert.True(Joiner.Session.HasMail);
        Joiner.Mail(1000);
        Accept();
        Inviter.Collect();
        Inviter.Mail(1000);
        // The answer is lost, and asked for by another envelope.
        Joiner.Mailbox.Clear();
        Joiner.Restart();
        Joiner.Mail(1000);
        Inviter.Collect();
        Inviter.Restart();
        Inviter.Mail(1000);
        Joiner.Collect();

        AssertKnown();
        Joiner.Restart();
        Assert.False(Joiner.Session.HasMail);
    }

    [Fact]
    public void Lost_mailboxes_send_the_request_again()
    {
        Join();
        Joiner.Mail(1000);
        Inviter.Mailbox.Clear();

        Joiner.Session.MailboxesLost();
        Joiner.Carry();
        Joiner.Mail(1000);

        _ = Assert.Single(Inviter.Mailbox);
    }

    [Fact]
    public void Open_link_ends_the_introduction()
    {
        Join();
        Joiner.Send("hello");
        _ = _pair.Connect(Joiner);
        _pair.Settle();
        Assert.Equal(MailIntroduction.Request, Joiner.Session.Introduction);
        Assert.True(Inviter.Session.Accept());
        Inviter.Carry();
        _pair.Settle();

        AssertKnown();
        Assert.Equal(["hello"], Inviter.Received);
    }

    [Fact]
    public void Request_that_waits_on_a_link_is_accepted_with_the_one_by_mail()
    {
        Join();
        Joiner.Mail(1000);
        _ = _pair.Connect(Joiner);
        _pair.Settle();
        Assert.True(Inviter.Session.HasReceivedRequest);

        Accept();
        _pair.Settle();

        Assert.True(Joiner.Session.IsConnected);
        AssertKnown();
    }

    [Fact]
    public void Link_of_the_inviter_is_accepted_by_the_joiner()
    {
        Join();
        _ = _pair.Connect(Inviter);
        _pair.Settle();

        Assert.Contains(Joiner.Seen, effect => effect is SessionEffect.RequestArrived { Known: true });
        Assert.True(Joiner.Session.Accept());
        Joiner.Carry();
        _pair.Settle();
        AssertKnown();
    }

    [Fact]
    public void Rejected_joiner_is_no_longer_a_contact()
    {
        Join();
        Joiner.Send("hello");
        _ = _pair.Connect(Joiner);
        _pair.Settle();
        Assert.True(Inviter.Session.Reject(RejectReason.Declined));
        Inviter.Carry();
        _pair.Settle();

        Assert.False(Joiner.Session.IsContact);
        Assert.Equal((null, MailIntroduction.None), (Joiner.Stored.AcceptedAs, Joiner.Stored.Introduction));
        Assert.Contains(Joiner.Seen, effect => effect is SessionEffect.Abandoned { Reason: AbandonReason.Refused });
        Assert.False(Joiner.Session.HasMail);
    }

    [Fact]
    public void Messages_deleted_before_the_acceptance_are_deposited_again()
    {
        Join();
        Joiner.Send("hello");
        Joiner.Mail(1000);
        // The request waits for the user, who accepts later.
        Inviter.Mailbox.Clear();
        Accept();
        Inviter.Mail(1000);
        Joiner.Collect();
        Joiner.Mail(1000);
        Inviter.Collect();

        Assert.Equal(["hello"], Inviter.Received);
        AssertKnown();
    }

    [Fact]
    public void Requests_that_cross_by_mail_are_both_accepted()
    {
        Join();
        Assert.True(Inviter.Session.AcceptByMail(Joiner.Name, MailIntroduction.Request, Invite));
        Inviter.Carry();
        Joiner.Mail(1000);
        Inviter.Mail(1000);
        Joiner.Collect();
        Inviter.Collect();
        Assert.Equal(MailIntroduction.Accept, Joiner.Session.Introduction);
        Joiner.Mail(1000);
        Inviter.Mail(1000);
        Joiner.Collect();
        Inviter.Collect();

        AssertKnown();
    }

    [Fact]
    public void Request_of_a_contact_is_answered_again()
    {
        Join();
        Joiner.Mail(1000);
        var request = Inviter.Mailbox.Single();
        Accept();
        Inviter.Collect();
        Inviter.Mail(1000);
        Joiner.Collect();
        AssertKnown();

        Inviter.Mailbox.Add(7, request.Value);
        Inviter.Collect();
        Inviter.Mail(1000);
        Joiner.Collect();

        AssertKnown();
        Assert.False(Joiner.Session.HasMail);
        Assert.False(Inviter.Session.HasMail);
    }

    [Fact]
    public void Request_and_accept_of_a_stranger_are_rejected()
    {
        Frame[][] envelopes =
        [
            [new Frame { Request = new Request { Username = "high" } }],
            [new Frame { Accept = new Accept() }],
        ];
        foreach (var frames in envelopes)
        {
            Assert.Equal(MailOutcome.Bad, Joiner.Session.ReceiveMail(1, frames));
        }

        Assert.Empty(Joiner.Session.TakeEffects());
    }

    [Fact]
    public void Second_accept_changes_nothing()
    {
        Join();
        Joiner.Mail(1000);
        Accept();
        Inviter.Collect();
        Inviter.Mail(1000);
        var answer = Joiner.Mailbox.Single();
        Joiner.Collect();
        Joiner.Send("hello");
        Joiner.Mail(1000);

        Joiner.Mailbox.Add(7, answer.Value);
        Joiner.Collect();

        Assert.False(Joiner.Session.HasMail);
        AssertKnown();
    }

    [Fact]
    public void Invite_used_on_an_open_link_keeps_the_contacts_grant()
    {
        var pair = SessionPair.Connected(out _);
        Assert.True(pair.High.Session.GrantMailbox(pair.High.Grant));
        pair.High.Carry();
        pair.Settle();

        // The invite may be revoked or forged, and its capability then opens nothing.
        Assert.True(pair.Low.Session.AcceptByMail(pair.High.Name, MailIntroduction.Request, Invite));
        pair.Low.Carry();

        Assert.Equal(
            [pair.High.Grant],
            pair.Low.Seen.OfType<SessionEffect.MailboxGranted>().Select(granted => granted.Capability.ToArray())
        );
        Assert.Equal(MailIntroduction.None, pair.Low.Session.Introduction);
    }

    [Fact]
    public void Removed_contact_needs_a_new_introduction()
    {
        Join();
        Joiner.Session.RemoveContact();
        Joiner.Carry();
        Joiner.Restart();

        Assert.False(Joiner.Session.HasMail);
        Join();
        Assert.True(Joiner.Session.HasMail);
    }

    private void Join()
    {
        Assert.True(Joiner.Session.AcceptByMail(Inviter.Name, MailIntroduction.Request, Invite));
        Joiner.Carry();
    }

    private void Accept()
    {
        Assert.True(Inviter.Session.AcceptByMail(Joiner.Name, MailIntroduction.Accept, Joiner.Grant));
        Inviter.Carry();
    }

    private void AssertKnown()
    {
        foreach (var (side, other) in new[] { (Joiner, Inviter), (Inviter, Joiner) })
        {
            Assert.Equal(other.Name, side.Session.AcceptedAs);
            Assert.Equal(MailIntroduction.None, side.Session.Introduction);
            Assert.Equal((other.Name, MailIntroduction.None), (side.Stored.AcceptedAs, side.Stored.Introduction));
        }
    }

    private static IEnumerable<Frame.BodyOneofCase> Bodies(SessionPair.Side side) =>
        side.Mailbox.Values.Last().Frames.Select(frame => frame.BodyCase);
}

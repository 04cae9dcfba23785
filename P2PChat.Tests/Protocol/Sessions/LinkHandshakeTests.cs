using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

public class LinkHandshakeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly HandshakeOptions Options = new();
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    public static TheoryData<Frame> NotBeforeAnAccept =>
        [
            new Frame { Message = new ChatMessage() },
            new Frame { Resume = new Resume() },
            new Frame { Ack = new Ack() },
            new Frame { Skip = new Skip() },
            new Frame { Ping = new Ping() },
        ];

    [Fact]
    public void Requester_sends_its_request_right_after_its_hello()
    {
        var alice = Dialler();
        var hello = HelloOf("alice");
        hello.Hello.Path = LinkPath.Direct;
        hello.Hello.Features.Add(["content", "timer", "profile", "files", "rooms"]);
        Assert.Equal([.. Sent(hello), .. Sent(new Frame { Request = new Request() })], alice.Start());

        Assert.Empty(alice.Receive(HelloOf("bob"), Now));

        Assert.Equal(HandshakeState.AwaitingAnswer, alice.State);
    }

    [Fact]
    public void Name_is_checked_before_the_person_is_asked()
    {
        var bob = Dialled();

        Assert.Equal([new HandshakeEffect.CheckName(Alice)], bob.Receive(HelloOf("alice"), Now));
        Assert.Empty(bob.Receive(new Frame { Request = new Request() }, Now));
        Assert.Equal([new HandshakeEffect.RequestReceived(new Request())], bob.NameChecked(NameCheck.Confirmed, Now));
        Assert.Equal(
            [new HandshakeEffect.Send(new Frame { Accept = new Accept() }), new HandshakeEffect.Opened()],
            bob.Accept()
        );
    }

    [Theory]
    [InlineData(NameCheck.Mismatch, CloseReason.NameMismatch)]
    [InlineData(NameCheck.KeyChanged, CloseReason.KeyChanged)]
    [InlineData(NameCheck.InUse, CloseReason.NameInUse)]
    [InlineData(NameCheck.Unavailable, CloseReason.NameUnverified)]
    public void Unconfirmed_name_ends_the_link(NameCheck result, CloseReason reason)
    {
        var bob = Dialled();
        _ = bob.Receive(HelloOf("alice"), Now);

        Assert.Equal([new HandshakeEffect.Finish(reason)], bob.NameChecked(result, Now));
    }

    [Fact]
    public void Reject_gives_its_reason_and_ends_both_sides()
    {
        var bob = Asked();

        Assert.Equal(
            [
                new HandshakeEffect.Send(new Frame { Reject = new Reject { Reason = RejectReason.Busy } }),
                new HandshakeEffect.Finish(CloseReason.Rejected),
            ],
            bob.Reject(RejectReason.Busy)
        );

        var alice = Dialler();
        _ = alice.Receive(HelloOf("bob"), Now);
        Assert.Equal(
            [new HandshakeEffect.Rejected(RejectReason.Busy), new HandshakeEffect.Finish(CloseReason.Rejected)],
            alice.Receive(new Frame { Reject = new Reject { Reason = RejectReason.Busy } }, Now)
        );
    }

    [Theory]
    [MemberData(nameof(NotBeforeAnAccept))]
    public void Conversation_frame_before_the_accept_is_a_violation(Frame frame)
    {
        LinkHandshake[] each = [Dialler(), Dialled(), Asked()];
        foreach (var handshake in each)
        {
            Assert.Equal([new HandshakeEffect.Finish(CloseReason.ProtocolViolation)], handshake.Receive(frame, Now));
        }
    }

    [Fact]
    public void Unrequested_accept_ends_the_link()
    {
        var bob = Asked();

        Assert.Equal(
            [new HandshakeEffect.Finish(CloseReason.ProtocolViolation)],
            bob.Receive(new Frame { Accept = new Accept() }, Now)
        );
        Assert.Empty(bob.Accept());
    }

    [Fact]
    public void Second_request_ends_the_link()
    {
        Assert.Equal(
            [new HandshakeEffect.Finish(CloseReason.ProtocolViolation)],
            Asked().Receive(new Frame { Request = new Request() }, Now)
        );
    }

    [Fact]
    public void Missing_invite_is_not_reported()
    {
        var bob = Asked();

        Assert.Empty(bob.ReportInvite(InviteState.Used));
    }

    [Fact]
    public void Unknown_frame_is_skipped()
    {
        var bob = Dialled();

        Assert.Empty(bob.Receive(new Frame(), Now));

        Assert.Equal(HandshakeState.AwaitingHello, bob.State);
    }

    [Fact]
    public void Other_version_is_rejected_as_unsupported()
    {
        var hello = new Frame
        {
            Hello = new Hello { Version = 2, Username = "alice" },
        };

        Assert.Equal([new HandshakeEffect.Finish(CloseReason.UnsupportedVersion)], Dialled().Receive(hello, Now));
    }

    [Fact]
    public void Dialler_closes_if_the_name_differs()
    {
        Assert.Equal([new HandshakeEffect.Finish(CloseReason.NameMismatch)], Dialler().Receive(HelloOf("carol"), Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Alice")]
    [InlineData("al ice")]
    public void Invalid_name_is_a_violation(string name)
    {
        Assert.Equal(
            [new HandshakeEffect.Finish(CloseReason.ProtocolViolation)],
            Dialled().Receive(HelloOf(name), Now)
        );
    }

    [Fact]
    public void Handshake_times_out_10_seconds_after_the_first_byte()
    {
        var silent = Dialled();
        var checking = Dialled();
        _ = checking.Receive(HelloOf("alice"), Now.AddSeconds(9));

        foreach (var handshake in new[] { silent, checking })
        {
            Assert.Empty(handshake.Tick(Now.AddSeconds(9.9)));
            Assert.Equal(
                [new HandshakeEffect.Finish(CloseReason.HandshakeTimeout)],
                handshake.Tick(Now.AddSeconds(10))
            );
        }
    }

    [Fact]
    public void Unanswered_request_expires_on_both_sides()
    {
        var alice = Dialler();
        _ = alice.Receive(HelloOf("bob"), Now);
        var bob = Asked();

        foreach (var handshake in new[] { alice, bob })
        {
            Assert.Empty(handshake.Tick(Now.AddSeconds(59)));
            Assert.Equal([new HandshakeEffect.Finish(CloseReason.RequestExpired)], handshake.Tick(Now.AddSeconds(60)));
            Assert.Null(handshake.Deadline);
        }
    }

    private static LinkHandshake Dialler() => new(Alice, Bob, LinkOrigin.Dialled, Now, Options);

    private static LinkHandshake Dialled() => new(Bob, null, LinkOrigin.Accepted, Now, Options);

    private static LinkHandshake Asked()
    {
        var bob = Dialled();
        _ = bob.Receive(HelloOf("alice"), Now);
        _ = bob.NameChecked(NameCheck.Confirmed, Now);
        _ = bob.Receive(new Frame { Request = new Request() }, Now);
        return bob;
    }

    private static Frame HelloOf(string name) =>
        new()
        {
            Hello = new Hello { Version = 1, Username = name },
        };

    private static HandshakeEffect[] Sent(Frame frame) => [new HandshakeEffect.Send(frame)];
}

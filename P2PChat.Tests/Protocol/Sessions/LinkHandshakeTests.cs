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
    public void The_dialler_asks_once_it_has_the_hello_of_the_one_it_dialled()
    {
        var alice = Dialler();
        Assert.Equal(Sent(HelloOf("alice")), alice.Start());

        Assert.Equal(Sent(new Frame { Request = new Request() }), alice.Receive(HelloOf("bob"), Now));

        Assert.Equal(HandshakeState.AwaitingAnswer, alice.State);
    }

    [Fact]
    public void The_one_that_is_dialled_checks_the_name_before_it_asks_its_person()
    {
        var bob = Dialled();

        Assert.Equal([new HandshakeEffect.CheckName(Alice)], bob.Receive(HelloOf("alice"), Now));
        Assert.Empty(bob.Receive(new Frame { Request = new Request() }, Now));
        Assert.Equal([new HandshakeEffect.RequestReceived()], bob.NameChecked(NameCheck.Confirmed, Now));
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
    public void A_name_that_is_not_confirmed_ends_the_link(NameCheck result, CloseReason reason)
    {
        var bob = Dialled();
        _ = bob.Receive(HelloOf("alice"), Now);

        Assert.Equal([new HandshakeEffect.Finish(reason)], bob.NameChecked(result, Now));
    }

    [Fact]
    public void A_reject_tells_its_reason_and_ends_both_sides()
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
    public void Nothing_of_a_conversation_may_come_before_an_accept(Frame frame)
    {
        LinkHandshake[] each = [Dialler(), Dialled(), Asked()];
        foreach (var handshake in each)
        {
            Assert.Equal([new HandshakeEffect.Finish(CloseReason.ProtocolViolation)], handshake.Receive(frame, Now));
        }
    }

    [Fact]
    public void An_accept_that_nobody_asked_for_ends_the_link()
    {
        var bob = Asked();

        Assert.Equal(
            [new HandshakeEffect.Finish(CloseReason.ProtocolViolation)],
            bob.Receive(new Frame { Accept = new Accept() }, Now)
        );
        Assert.Empty(bob.Accept());
    }

    [Fact]
    public void A_second_request_ends_the_link()
    {
        Assert.Equal(
            [new HandshakeEffect.Finish(CloseReason.ProtocolViolation)],
            Asked().Receive(new Frame { Request = new Request() }, Now)
        );
    }

    [Fact]
    public void A_frame_of_a_later_type_is_skipped()
    {
        var bob = Dialled();

        Assert.Empty(bob.Receive(new Frame(), Now));

        Assert.Equal(HandshakeState.AwaitingHello, bob.State);
    }

    [Fact]
    public void Other_protocol_version_is_refused_by_name()
    {
        var hello = new Frame
        {
            Hello = new Hello { Version = 2, Username = "alice" },
        };

        Assert.Equal([new HandshakeEffect.Finish(CloseReason.UnsupportedVersion)], Dialled().Receive(hello, Now));
    }

    [Fact]
    public void A_dialler_that_meets_another_name_hangs_up()
    {
        Assert.Equal([new HandshakeEffect.Finish(CloseReason.NameMismatch)], Dialler().Receive(HelloOf("carol"), Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Alice")]
    [InlineData("al ice")]
    public void A_name_out_of_rule_is_a_violation(string name)
    {
        Assert.Equal(
            [new HandshakeEffect.Finish(CloseReason.ProtocolViolation)],
            Dialled().Receive(HelloOf(name), Now)
        );
    }

    [Fact]
    public void A_handshake_ends_after_ten_seconds_from_the_first_byte_whatever_it_waits_for()
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
    public void A_request_that_nobody_answers_expires_on_both_sides()
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

    private static LinkHandshake Dialler() => new(Alice, Bob, Now, Options);

    private static LinkHandshake Dialled() => new(Bob, null, Now, Options);

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

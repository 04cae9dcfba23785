using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>Links over paths that both sides open, and conversations that move between paths.</summary>
public class LinkPathTests
{
    private readonly SessionPair _pair = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Requester_may_be_the_TLS_server(bool lowAsks)
    {
        var (asking, asked) = lowAsks ? (_pair.Low, _pair.High) : (_pair.High, _pair.Low);

        var link = ConnectRelayed(asking);

        Assert.True(asking.Session.IsOpen(link) && asked.Session.IsOpen(link));
        AssertPath(LinkPath.Relayed);
        _pair.High.Send("one");
        _pair.Low.Send("two");
        _pair.Settle();
        Assert.Equal(("one", "two"), (Assert.Single(_pair.Low.Received), Assert.Single(_pair.High.Received)));
    }

    [Fact]
    public void Punched_link_replaces_the_relayed_one_and_loses_nothing()
    {
        var relayed = ConnectRelayed(_pair.High);
        _pair.Low.Send("sent before");
        Assert.True(_pair.High.Session.BeginUpgrade());
        var punched = _pair.Open(_pair.High, LinkPath.Punched);
        _pair.Low.Send("sent during");
        _pair.Settle();
        _pair.Low.Send("sent after");
        _pair.Settle();

        Assert.Equal(["sent before", "sent during", "sent after"], _pair.High.Received);
        foreach (var side in new[] { _pair.Low, _pair.High })
        {
            Assert.False(side.Session.IsOpen(relayed));
            Assert.True(side.Session.IsOpen(punched));
            Assert.Equal([LinkPath.Punched], PathsOf(side));
            Assert.DoesNotContain(side.Seen, effect => effect is SessionEffect.Disconnected);
        }

        AssertPath(LinkPath.Punched);
    }

    [Fact]
    public void Direct_link_of_the_higher_PeerId_replaces_a_relayed_one()
    {
        var relayed = ConnectRelayed(_pair.Low);
        Assert.True(_pair.High.Session.BeginUpgrade());
        var direct = _pair.Dial(_pair.High);
        _pair.Settle();

        Assert.False(_pair.Low.Session.IsOpen(relayed) || _pair.High.Session.IsOpen(relayed));
        Assert.True(_pair.Low.Session.IsOpen(direct) && _pair.High.Session.IsOpen(direct));
        AssertPath(LinkPath.Direct);
    }

    [Fact]
    public void Relayed_link_does_not_replace_a_direct_one()
    {
        var direct = _pair.Connect(_pair.High);
        _pair.Settle();
        Accept(_pair.Low);
        Assert.True(_pair.Low.Session.BeginUpgrade());
        var relayed = _pair.Open(_pair.Low, LinkPath.Relayed);
        _pair.Settle();

        Assert.False(_pair.Low.Session.IsOpen(relayed) || _pair.High.Session.IsOpen(relayed));
        Assert.True(_pair.Low.Session.IsOpen(direct) && _pair.High.Session.IsOpen(direct));
        AssertPath(LinkPath.Direct);
    }

    [Fact]
    public void Failed_upgrade_changes_nothing()
    {
        Assert.False(_pair.High.Session.BeginUpgrade());
        _ = ConnectRelayed(_pair.High);
        var seen = _pair.High.Seen.Count;

        Assert.True(_pair.High.Session.BeginUpgrade());
        _pair.Cut(_pair.Open(_pair.High, LinkPath.Punched));
        var silent = _pair.Open(_pair.High, LinkPath.Punched);
        _pair.High.Session.Tick(SessionPair.Start.AddSeconds(11));
        _pair.High.Carry();

        Assert.False(_pair.High.Session.IsPastHandshake(silent) || _pair.High.Session.HasSentRequest);
        Assert.Equal(seen, _pair.High.Seen.Count);
        AssertPath(LinkPath.Relayed);
    }

    [Fact]
    public void Upgrade_does_not_repeat_the_invite()
    {
        var request = new Request { InviteId = Google.Protobuf.ByteString.CopyFrom(new byte[16]) };
        Assert.Equal(ConnectOutcome.Dial, _pair.High.Session.BeginConnect(_pair.Low.Name, request));
        _ = _pair.Open(_pair.High, LinkPath.Relayed);
        _pair.Settle();
        Accept(_pair.Low);
        Assert.True(_pair.High.Session.BeginUpgrade());
        _ = _pair.Open(_pair.High, LinkPath.Punched);

        Assert.Contains(
            new Frame { Request = new Request() },
            _pair.Low.Incoming.Values.SelectMany(frames => frames).OfType<Frame>()
        );
    }

    [Fact]
    public void Two_attempts_that_meet_on_one_link_accept_each_other()
    {
        foreach (var side in new[] { _pair.Low, _pair.High })
        {
            Assert.Equal(ConnectOutcome.Dial, side.Session.BeginConnect(side.Other.Name));
        }

        var link = _pair.Open(_pair.Low, LinkPath.Punched, bothAsk: true);
        _pair.Settle();

        foreach (var side in new[] { _pair.Low, _pair.High })
        {
            Assert.True(side.Session.IsOpen(link));
            Assert.Equal([new SessionEffect.Connected(side.Other.Name)], side.Seen);
            Assert.Equal(side.Other.Name, side.Stored.Session.AcceptedAs);
        }
    }

    [Fact]
    public void Request_outlasts_a_link_that_is_lost_during_the_search()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));
        var relayed = _pair.Open(high, LinkPath.Relayed);
        Assert.True(high.Session.BeginUpgrade());

        // The other side closes the relay because it has found the punched path first.
        _pair.Cut(relayed);
        Assert.True(high.Session.HasSentRequest);
        var punched = _pair.Open(high, LinkPath.Punched);
        high.Session.EndUpgrade();
        _pair.Settle();
        Accept(_pair.Low);

        Assert.True(high.Session.IsOpen(punched) && _pair.Low.Session.IsOpen(punched));
        Assert.Equal([new SessionEffect.Connected(high.Other.Name)], high.Seen);
    }

    [Fact]
    public void Request_fails_when_the_search_ends_and_no_link_is_left()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));
        var relayed = _pair.Open(high, LinkPath.Relayed);
        Assert.True(high.Session.BeginUpgrade());
        _pair.Cut(relayed);
        Assert.Empty(high.Seen);

        high.Session.EndUpgrade();
        high.Carry();

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.ConnectionLost, ByRemote: false)], high.Seen);
        Assert.False(high.Session.HasSentRequest);
    }

    [Fact]
    public void Ending_the_session_fails_a_request_without_links()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));
        var relayed = _pair.Open(high, LinkPath.Relayed);
        Assert.True(high.Session.BeginUpgrade());
        _pair.Cut(relayed);

        high.Session.End(CloseReason.Ended);
        high.Carry();

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.Ended, ByRemote: false)], high.Seen);
        Assert.False(high.Session.HasSentRequest);
    }

    [Fact]
    public void End_of_an_older_search_does_not_fail_a_new_dial()
    {
        var high = _pair.High;
        var relayed = ConnectRelayed(high);
        Assert.True(high.Session.BeginUpgrade());
        _pair.Cut(relayed);
        var seen = high.Seen.Count;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));

        high.Session.EndUpgrade();
        high.Carry();

        Assert.True(high.Session.HasSentRequest);
        Assert.Equal(seen, high.Seen.Count);
    }

    [Fact]
    public void Request_fails_for_the_reason_of_its_last_link()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));
        var relayed = _pair.Open(high, LinkPath.Relayed);
        Assert.True(high.Session.BeginUpgrade());
        high.Session.LinkDown(relayed, CloseReason.Silent, byRemote: false);

        high.Session.EndUpgrade();
        high.Carry();

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.Silent, ByRemote: false)], high.Seen);
    }

    [Fact]
    public void Ending_the_session_while_dialling_is_reported_once()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));

        high.Session.End(CloseReason.Ended);
        high.Carry();

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.Ended, ByRemote: false)], high.Seen);
    }

    [Fact]
    public void Refused_request_fails_at_once_during_the_search()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));
        var relayed = _pair.Open(high, LinkPath.Relayed);
        Assert.True(high.Session.BeginUpgrade());

        high.Session.LinkDown(relayed, CloseReason.NameMismatch, byRemote: true);
        high.Carry();

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.NameMismatch, ByRemote: true)], high.Seen);
    }

    [Fact]
    public void Dial_ended_by_the_other_sides_link_fails_with_it()
    {
        var (low, high) = (_pair.Low, _pair.High);
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(low.Name));
        var answered = _pair.Open(low, LinkPath.Relayed);
        high.Session.DialEnded();
        Assert.True(high.Session.HasSentRequest);

        _pair.Cut(answered);

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.ConnectionLost, ByRemote: false)], high.Seen);
        Assert.False(high.Session.HasSentRequest);
    }

    [Fact]
    public void Dial_that_ends_without_any_link_fails()
    {
        var high = _pair.High;
        Assert.Equal(ConnectOutcome.Dial, high.Session.BeginConnect(high.Other.Name));

        high.Session.DialEnded();
        high.Carry();

        Assert.Equal([new SessionEffect.RequestFailed(CloseReason.ConnectionLost, ByRemote: false)], high.Seen);
    }

    [Fact]
    public void Connected_sides_that_both_answer_open_the_punched_link()
    {
        var relayed = ConnectRelayed(_pair.High);

        var punched = _pair.OpenByAnswers(LinkPath.Punched);
        _pair.Settle();

        Assert.False(_pair.High.Session.IsOpen(relayed) || _pair.Low.Session.IsOpen(relayed));
        Assert.True(_pair.High.Session.IsOpen(punched) && _pair.Low.Session.IsOpen(punched));
        AssertPath(LinkPath.Punched);
    }

    [Fact]
    public void Link_of_the_other_side_does_not_fail_a_dial_in_progress()
    {
        foreach (var side in new[] { _pair.Low, _pair.High })
        {
            Assert.Equal(ConnectOutcome.Dial, side.Session.BeginConnect(side.Other.Name));
        }

        _pair.Cut(_pair.OpenByAnswers(LinkPath.Punched));
        Assert.Empty(_pair.High.Seen.Concat(_pair.Low.Seen));
        var link = _pair.OpenByAnswers(LinkPath.Punched);
        _pair.Settle();

        foreach (var side in new[] { _pair.Low, _pair.High })
        {
            Assert.True(side.Session.IsOpen(link));
            Assert.Equal([new SessionEffect.Connected(side.Other.Name)], side.Seen);
        }
    }

    [Fact]
    public void Server_shows_the_path_that_the_client_names()
    {
        var low = _pair.Low.Session;
        var link = _pair.Connect(_pair.High);
        _pair.Settle();
        Accept(_pair.Low);
        Assert.Equal(LinkPath.Direct, low.Path);
        _pair.Cut(link);

        // A client cannot claim a relay, which both sides would know of.
        foreach (
            var (told, shown) in new[]
            {
                (LinkPath.Lan, LinkPath.Lan),
                (LinkPath.Relayed, LinkPath.Direct),
                (LinkPath.Unspecified, LinkPath.Direct),
                ((LinkPath)9, LinkPath.Direct),
            }
        )
        {
            low.LinkUp(++link, LinkOrigin.Accepted, SessionPair.Start);
            var hello = new Hello
            {
                Version = 1,
                Username = "high",
                LinkNumber = 1,
                Path = told,
            };
            low.Receive(link, new Frame { Hello = hello }, SessionPair.Start);
            low.NameChecked(link, NameCheck.Confirmed, SessionPair.Start);
            low.Receive(link, new Frame { Request = new Request() }, SessionPair.Start);
            Assert.True(low.Accept());
            Assert.Equal(shown, low.Path);
            low.LinkDown(link, CloseReason.ConnectionLost, byRemote: false);
            Assert.Equal(LinkPath.Unspecified, low.Path);
        }
    }

    private int ConnectRelayed(SessionPair.Side asking)
    {
        Assert.Equal(ConnectOutcome.Dial, asking.Session.BeginConnect(asking.Other.Name));
        var link = _pair.Open(asking, LinkPath.Relayed);
        _pair.Settle();
        Accept(asking.Other);
        return link;
    }

    private void Accept(SessionPair.Side side)
    {
        Assert.True(side.Session.Accept());
        side.Carry();
        _pair.Settle();
    }

    private void AssertPath(LinkPath path) =>
        Assert.Equal((path, path), (_pair.Low.Session.Path, _pair.High.Session.Path));

    private static List<LinkPath> PathsOf(SessionPair.Side side) =>
        [.. side.Seen.OfType<SessionEffect.PathChanged>().Select(changed => changed.Path)];
}

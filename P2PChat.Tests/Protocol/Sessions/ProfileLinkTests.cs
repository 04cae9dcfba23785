using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>Which link profiles use while the conversation moves to a better one.</summary>
public sealed class ProfileLinkTests
{
    private readonly SessionPair _pair = new();

    [Fact]
    public void Change_goes_over_the_link_that_carries_the_conversation()
    {
        var (relayed, direct) = Upgrading();
        Assert.True(_pair.Low.Session.SendProfile(new Profile { Version = 2 }));
        _pair.Low.Carry();

        Assert.Contains(_pair.High.Incoming[relayed], frame => frame?.BodyCase == Frame.BodyOneofCase.Profile);
        // The new link dies before it has proved that it works.
        _pair.Cut(direct);
        _pair.Settle();
        Assert.Equal(2ul, Assert.Single(Received()).Profile.Version);
        Assert.True(Received().Single().IsCurrent);
    }

    [Fact]
    public void Profile_on_another_link_is_marked_and_a_question_is_answered_there()
    {
        var (relayed, direct) = Upgrading();
        Assert.True(_pair.Low.Session.SendProfile(new Profile { Version = 3 }, direct));
        Assert.True(_pair.Low.Session.SendProfileKnown(direct, 9));
        Assert.False(_pair.Low.Session.SendProfile(new Profile { Version = 4 }, link: 99));
        _pair.Low.Carry();
        var frames = _pair.High.Incoming[direct];
        // Only these frames arrive, not the Resume before them.
        var sent = frames.Where(frame => frame!.BodyCase != Frame.BodyOneofCase.Resume).ToList();
        frames.Clear();
        foreach (var frame in sent)
        {
            _pair.High.Session.Receive(direct, frame!, _pair.Now);
        }

        _pair.High.Carry();
        Assert.False(Assert.Single(Received()).IsCurrent);
        Assert.Equal(
            new SessionEffect.ProfileAsked(direct, 9),
            Assert.Single(_pair.High.Seen.OfType<SessionEffect.ProfileAsked>())
        );
        Assert.NotEqual(relayed, direct);
    }

    private IEnumerable<SessionEffect.ProfileReceived> Received() =>
        _pair.High.Seen.OfType<SessionEffect.ProfileReceived>();

    /// <summary>A pair on a relayed link, with a direct one that is open but not proved.</summary>
    private (int Relayed, int Direct) Upgrading()
    {
        _ = _pair.Low.Session.BeginConnect(_pair.High.Name);
        var relayed = _pair.Open(_pair.Low, LinkPath.Relayed);
        _pair.Settle();
        Assert.True(_pair.High.Session.Accept());
        _pair.High.Carry();
        _pair.Settle();
        var direct = _pair.Open(_pair.Low, LinkPath.Direct);
        while (!_pair.Low.Session.IsOpen(direct) || !_pair.High.Session.IsOpen(direct))
        {
            Assert.True(_pair.Low.DeliverNext(_pair.Now) || _pair.High.DeliverNext(_pair.Now));
        }

        return (relayed, direct);
    }
}

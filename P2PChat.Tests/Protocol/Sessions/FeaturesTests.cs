using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>The features that a Hello names.</summary>
public sealed class FeaturesTests
{
    private static readonly PeerFeatures Own = new HandshakeOptions().Features;

    [Fact]
    public void Features_are_stored_when_the_link_opens()
    {
        var pair = SessionPair.Connected(out _);

        Assert.Equal(Own, pair.Low.Session.Features);
        Assert.Equal(Own, pair.High.Session.Features);
        Assert.Equal(Own, pair.High.Stored.Session.Features);
    }

    [Fact]
    public void Features_survive_a_restart()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);

        pair.Low.Restart();

        Assert.Equal(Own, pair.Low.Session.Features);
        // The store refuses a change to the same features.
        _ = pair.Connect(pair.Low);
        pair.Settle();
        Assert.True(pair.High.Session.Accept());
        pair.High.Carry();
        pair.Settle();
        Assert.Equal(Own, pair.Low.Session.Features);
    }

    [Fact]
    public void Older_version_of_a_contact_has_no_features()
    {
        var pair = SessionPair.Connected(out var link);
        pair.Cut(link);
        pair.High.Features = PeerFeatures.None;
        pair.High.Restart();

        _ = pair.Connect(pair.Low);
        pair.Settle();
        Assert.True(pair.High.Session.Accept());
        pair.High.Carry();
        pair.Settle();

        Assert.Equal(PeerFeatures.None, pair.Low.Session.Features);
        Assert.Equal(PeerFeatures.None, pair.Low.Stored.Session.Features);
    }

    [Fact]
    public void Hello_of_a_rejected_stranger_stores_no_features()
    {
        var pair = new SessionPair();
        _ = pair.Connect(pair.Low);
        pair.Settle();
        Assert.True(pair.High.Session.Reject(RejectReason.Declined));
        pair.High.Carry();

        Assert.Equal(PeerFeatures.None, pair.High.Session.Features);
    }

    [Fact]
    public void Hello_names_the_features()
    {
        Assert.Equal(["content"], HelloOf(PeerFeatures.Content).Features);
        Assert.Equal(["content", "timer", "profile", "files", "rooms"], HelloOf(Own).Features);
        Assert.Empty(HelloOf(PeerFeatures.None).Features);
    }

    [Fact]
    public void Unknown_and_hostile_names_are_ignored()
    {
        string[] hostile = ["", "Content", "content ", "CONTENT", "Rooms", new('x', 100_000), "\u202Econtent"];

        Assert.Equal(PeerFeatures.None, FeatureNames.Parse(hostile));
        Assert.Equal(PeerFeatures.Content, FeatureNames.Parse([.. hostile, "content", "content"]));
        Assert.Equal(PeerFeatures.Content, FeatureNames.Parse([.. Enumerable.Repeat("x", 31), "content"]));
        Assert.Equal(PeerFeatures.None, FeatureNames.Parse([.. Enumerable.Repeat("x", 32), "content"]));
    }

    private static Hello HelloOf(PeerFeatures features)
    {
        var handshake = new LinkHandshake(
            Username.Parse("alice"),
            expected: null,
            LinkOrigin.Accepted,
            SessionPair.Start,
            new HandshakeOptions { Features = features }
        );
        return ((HandshakeEffect.Send)handshake.Start()[0]).Frame.Hello;
    }
}

using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Each way that a connection ends or is refused has a separate reason.</summary>
public sealed class DisconnectReasonsTests
{
    [Theory]
    [InlineData(CloseReason.KeyChanged, true, DisconnectReason.KeyRefused)]
    [InlineData(CloseReason.NameInUse, true, DisconnectReason.NameInUse)]
    [InlineData(CloseReason.NameInUse, false, DisconnectReason.NameHeldByAnother)]
    [InlineData(CloseReason.NameUnverified, true, DisconnectReason.NameRefused)]
    [InlineData(CloseReason.InternalError, true, DisconnectReason.InternalError)]
    [InlineData(CloseReason.BadFrame, true, DisconnectReason.ProtocolError)]
    [InlineData(CloseReason.Overloaded, true, DisconnectReason.Overloaded)]
    public void Close_reason_maps_to_its_own_disconnect_reason(
        CloseReason reason,
        bool byRemote,
        DisconnectReason expected
    ) => Assert.Equal(expected, DisconnectReasons.Of(reason, byRemote));

    [Fact]
    public void Busy_within_a_minute_of_a_rejection_reports_the_rejection()
    {
        var clock = new SettableClock();
        var policy = new RequestPolicy(new PeerOptions(), new Preferences(null, new PeerOptions()), clock);
        var bob = PeerId.FromPublicKey(new byte[91]);
        Assert.Equal(DisconnectReason.Busy, policy.OnRejectedBy(bob, RejectReason.Busy));
        Assert.Equal(DisconnectReason.Rejected, policy.OnRejectedBy(bob, RejectReason.Declined));
        Assert.Equal(DisconnectReason.TooSoon, policy.OnRejectedBy(bob, RejectReason.Busy));
        clock.LetPass(TimeSpan.FromMinutes(1));
        Assert.Equal(DisconnectReason.Busy, policy.OnRejectedBy(bob, RejectReason.Busy));
    }
}

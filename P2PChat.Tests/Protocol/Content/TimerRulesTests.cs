using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Content;

public sealed class TimerRulesTests
{
    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 300u)]
    [InlineData(300u, 300u)]
    [InlineData(86_400u, 86_400u)]
    [InlineData(7_776_000u, 7_776_000u)]
    [InlineData(uint.MaxValue, 7_776_000u)]
    public void Time_from_another_peer_is_brought_within_the_limits(uint sent, uint expected)
    {
        var bytes = new MessageContent.Timer(sent, After: null).ToBytes();

        // Protobuf leaves out zeros.
        Assert.Equal(new MessageContent.Timer(expected, After: null), MessageContent.TryParse(bytes));
        Assert.Equal(expected, IncomingMessage.TryFrom(Wire(sent), "")!.ExpiresAfter);
    }

    [Theory]
    [InlineData(300u, "5 minutes")]
    [InlineData(5400u, "90 minutes")]
    [InlineData(3600u, "1 hour")]
    [InlineData(28_800u, "8 hours")]
    [InlineData(86_400u, "1 day")]
    [InlineData(604_800u, "1 week")]
    [InlineData(2_419_200u, "4 weeks")]
    [InlineData(7_776_000u, "90 days")]
    [InlineData(301u, "301 seconds")]
    public void Time_is_described_in_its_largest_unit(uint seconds, string expected)
    {
        Assert.Equal(expected, TimerRules.Describe(seconds));
        Assert.Equal(
            $"set messages to disappear {expected} after reading",
            FallbackText.Of(new MessageContent.Timer(seconds, After: null), "")
        );
    }

    [Fact]
    public void All_presets_are_allowed() =>
        Assert.All(TimerText.Presets, time => Assert.True(TimerRules.IsAllowed(time)));

    [Theory]
    [InlineData(-1)]
    [InlineData(299)]
    [InlineData(7_776_001)]
    [InlineData(long.MaxValue)]
    public void Time_outside_of_the_limits_cannot_be_chosen(long seconds) =>
        Assert.False(TimerRules.IsAllowed(seconds));

    [Fact]
    public void Only_texts_disappear()
    {
        var message = Wire(3600);
        message.Content = Google.Protobuf.ByteString.CopyFrom(new MessageContent.Delete(Guid.NewGuid()).ToBytes());

        Assert.Equal(0u, IncomingMessage.TryFrom(message, "")!.ExpiresAfter);
    }

    private static ChatMessage Wire(uint expiresAfter) =>
        new()
        {
            Id = Google.Protobuf.ByteString.CopyFrom(new byte[16]),
            Text = "x",
            ExpiresAfter = expiresAfter,
        };
}

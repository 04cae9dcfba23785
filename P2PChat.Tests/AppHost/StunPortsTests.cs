using P2PChat.AppHost;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Tests.AppHost;

/// <summary>The setting Discovery:StunPorts.</summary>
public sealed class StunPortsTests
{
    [Theory]
    [InlineData(null, "3478 3479")]
    [InlineData("", "")]
    [InlineData("3478", "3478")]
    [InlineData(" 40001 ,40002", "40001 40002")]
    public void Ports_are_read_from_a_list(string? setting, string expected) =>
        Assert.Equal(expected, string.Join(' ', DiscoveryResource.StunPorts(setting)));

    [Theory]
    [InlineData("3478, none")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("3478, 3478")]
    [InlineData("1, 2, 3, 4, 5")]
    public void Invalid_ports_are_refused_with_advice(string setting)
    {
        var refusal = Assert.Throws<SettingException>(() => DiscoveryResource.StunPorts(setting));

        Assert.Contains("Discovery:StunPorts", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("3478, 3479", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Default_ports_are_those_of_the_directory() =>
        Assert.Equal(StunOptions.DefaultPorts, DiscoveryResource.DefaultStunPorts);
}

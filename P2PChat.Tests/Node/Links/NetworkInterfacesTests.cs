using System.ComponentModel;
using System.Net;
using System.Net.NetworkInformation;
using P2PChat.Node.Lan;
using P2PChat.Node.Links;
using P2PChat.Protocol.Limits;

namespace P2PChat.Tests.Node.Links;

public sealed class NetworkInterfacesTests
{
    public static TheoryData<Exception> Failures =>
        new(
            new NetworkInformationException(2),
            new IOException("/proc/net/route"),
            new UnauthorizedAccessException(),
            new Win32Exception(24)
        );

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failed_read_returns_the_last_result(Exception failure)
    {
        var present = NetworkInterfaces.Read();
        Assert.Equal(
            present.Select(network => network.Index),
            NetworkInterfaces.Read(() => throw failure).Select(network => network.Index)
        );
    }

    [Fact]
    public void Readers_agree_and_exclude_loopback()
    {
        using var system = new SystemAddresses();
        var addresses = system.Read();
        Assert.DoesNotContain(addresses, IPAddress.IsLoopback);
        Assert.All(addresses, address => Assert.Contains(LocalNetworks.Read(), network => network.Contains(address)));
        Assert.All(LanInterfaces.Read().SelectMany(network => network.Addresses), address =>
            Assert.Contains(address, addresses)
        );
    }

    [Theory]
    [InlineData("192.168.77.130", 24, "192.168.77.0/24")]
    [InlineData("192.168.77.130", 25, "192.168.77.128/25")]
    [InlineData("10.1.2.3", 0, "0.0.0.0/0")]
    [InlineData("10.1.2.3", 32, "10.1.2.3/32")]
    [InlineData("2001:db8:1:2:3::4", 61, "2001:db8:1::/61")]
    [InlineData("2001:db8::4", 128, "2001:db8::4/128")]
    public void Prefix_clears_the_bits_after_its_length(string address, int length, string network) =>
        Assert.Equal(IPNetwork.Parse(network), AddressPrefix.Of(IPAddress.Parse(address), length));
}

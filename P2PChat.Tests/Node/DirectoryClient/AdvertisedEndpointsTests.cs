using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class AdvertisedEndpointsTests
{
    [Theory]
    [InlineData("chat.example.org:8001", "chat.example.org", 8001)]
    [InlineData("192.0.2.1:80", "192.0.2.1", 80)]
    [InlineData("[2001:db8::1]:8001", "2001:db8::1", 8001)]
    public void Configured_endpoint_is_advertised(string text, string host, int port)
    {
        var endpoint = Assert.Single(AdvertisedEndpoints.For(text, 1234, []));
        Assert.Equal((Transport.Tcp, host, (uint)port), (endpoint.Transport, endpoint.Host, endpoint.Port));
        Assert.Equal(text, AdvertisedEndpoints.Text(endpoint));
    }

    [Theory]
    [InlineData("")]
    [InlineData("chat.example.org")]
    [InlineData("chat.example.org:0")]
    [InlineData("chat.example.org:65536")]
    [InlineData("two words:8001")]
    [InlineData("[192.0.2.1]:80")]
    public void Invalid_host_and_port_is_refused(string text) =>
        Assert.Throws<PeerStartException>(() => AdvertisedEndpoints.For(text, 1234, []));

    [Fact]
    public void Machine_addresses_are_advertised_by_default()
    {
        using var machine = new SystemAddresses();
        var endpoints = AdvertisedEndpoints.For(null, 1234, machine.Read());
        Assert.InRange(endpoints.Count, 1, SignedRecord.MaxEndpoints);
        Assert.All(endpoints, endpoint => Assert.Equal(1234U, endpoint.Port));
    }
}

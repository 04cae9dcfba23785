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
    public void What_is_advertised_is_what_was_said(string text, string host, int port)
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
    public void What_is_no_host_and_port_is_refused(string text) =>
        Assert.Contains(
            "give host:port",
            Assert.Throws<PeerStartException>(() => AdvertisedEndpoints.For(text, 1234, [])).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Without_a_word_the_addresses_of_this_machine_are_advertised_with_the_port_in_use()
    {
        using var machine = new SystemAddresses();
        var endpoints = AdvertisedEndpoints.For(null, 1234, machine.Read());
        Assert.InRange(endpoints.Count, 1, SignedRecord.MaxEndpoints);
        Assert.All(endpoints, endpoint => Assert.Equal(1234U, endpoint.Port));
    }
}

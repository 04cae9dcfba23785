using System.Net;
using P2PChat.Discovery.Relay.Replicas;

namespace P2PChat.Tests.Discovery.Relay.Replicas;

public sealed class InternalAddressTests
{
    [Theory]
    [InlineData("http://localhost:5000", "http://localhost:5000/")]
    [InlineData("http://127.0.0.1:5001", "http://127.0.0.1:5001/")]
    [InlineData("http://[::]:8080", "http://10.0.0.7:8080/")]
    [InlineData("http://0.0.0.0:8080", "http://10.0.0.7:8080/")]
    [InlineData("http://*:80", "http://10.0.0.7/")]
    [InlineData("http://[fd00::1]:80", "http://[fd00::1]/")]
    [InlineData("https://[::]:443;http://+:8080", "http://10.0.0.7:8080/")]
    [InlineData("https://[::]:443", null)]
    public void Address_is_the_bound_one_or_the_one_facing_the_store(string bound, string? expected) =>
        Assert.Equal(expected, InternalAddress.Of(bound.Split(';'), IPAddress.Parse("10.0.0.7"))?.ToString());

    [Fact]
    public void IPv6_address_facing_the_store_is_bracketed()
    {
        Assert.Equal(
            "http://[fd00::7]:8080/",
            InternalAddress.Of(["http://[::]:8080"], IPAddress.Parse("fd00::7"))?.ToString()
        );
        Assert.Null(InternalAddress.Of(["http://[::]:8080"], local: null));
    }
}

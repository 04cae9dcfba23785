using System.Net;
using P2PChat.Node.Paths.Stun;

namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>A directory cannot send its peers to machines of their own network.</summary>
public sealed class StunServerFinderTests
{
    private const string Public = "198.51.100.1";

    [Theory]
    [InlineData(Public, "203.0.113.7", true)]
    [InlineData(Public, "2001:4860::1", true)]
    [InlineData(Public, "192.168.1.1", false)]
    [InlineData(Public, "100.64.0.1", false)]
    [InlineData(Public, "fd00::1", false)]
    [InlineData(Public, "127.0.0.1", false)]
    [InlineData(Public, "::ffff:10.0.0.1", false)]
    [InlineData(Public, "169.254.1.1", false)]
    [InlineData(Public, "224.0.0.1", false)]
    [InlineData(Public, "0.0.0.0", false)]
    [InlineData("192.168.1.1", "192.168.1.2", true)]
    [InlineData("192.168.1.1", Public, true)]
    [InlineData("192.168.1.1", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "127.0.0.2", true)]
    [InlineData("127.0.0.1", "10.0.0.1", true)]
    public void Address_named_by_a_server_is_checked(string from, string to, bool expected) =>
        Assert.Equal(expected, StunServerFinder.MayFollow(IPAddress.Parse(from), IPAddress.Parse(to)));
}

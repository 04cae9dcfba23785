using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Stun;

namespace P2PChat.Tests.Discovery.Stun;

/// <summary>The addresses on which the STUN server listens.</summary>
public sealed class StunAddressesTests
{
    [Theory]
    [InlineData(null, "", "http://localhost:5000", "")]
    [InlineData(null, "", "http://127.0.0.1:5000 http://[::1]:5000", "")]
    [InlineData(null, "", "http://192.0.2.1:5000 http://localhost:5000", "192.0.2.1 127.0.0.1 ::1")]
    [InlineData(null, "", "http://[::]:8080", "::")]
    [InlineData(null, "", "http://+:80 http://192.0.2.1:5000", "::")]
    [InlineData(null, "", "http://0.0.0.0:8080 http://192.0.2.1:80 http://[2001:db8::1]:80", "0.0.0.0 2001:db8::1")]
    [InlineData(null, "", "http://unix:/run/p2pchat.sock", "")]
    [InlineData(null, "::", "http://localhost:5000", "::")]
    [InlineData(null, "192.0.2.1 192.0.2.2", "http://localhost:5000", "192.0.2.1 192.0.2.2")]
    [InlineData(true, "", "http://localhost:5000", "127.0.0.1 ::1")]
    [InlineData(false, "::", "http://[::]:8080", "")]
    public void Addresses_follow_the_HTTP_server_unless_set(
        bool? enabled,
        string addresses,
        string urls,
        string expected
    )
    {
        var options = new StunOptions
        {
            Enabled = enabled,
            Addresses = addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };

        Assert.Equal(expected, string.Join(' ', StunAddresses.Choose(options, urls.Split(' '))));
    }
}

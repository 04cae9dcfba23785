using P2PChat.Node.Invites;

namespace P2PChat.Tests.Node.Invites;

public sealed class LocalNetworkTests
{
    [Theory]
    [InlineData("http://localhost:5000", true)]
    [InlineData("http://127.0.0.1:5000", true)]
    [InlineData("http://10.1.2.3", true)]
    [InlineData("http://172.16.0.1", true)]
    [InlineData("http://172.31.255.255", true)]
    [InlineData("http://172.32.0.1", false)]
    [InlineData("http://192.168.1.7:5000", true)]
    [InlineData("http://169.254.1.1", true)]
    [InlineData("http://100.64.0.1", true)]
    [InlineData("http://100.128.0.1", false)]
    [InlineData("http://[::1]", true)]
    [InlineData("http://[fe80::1]", true)]
    [InlineData("http://[fd00::1]", true)]
    [InlineData("http://[::ffff:10.0.0.1]", true)]
    [InlineData("http://[2001:db8::1]", false)]
    [InlineData("http://laptop", true)]
    [InlineData("http://laptop.local", true)]
    [InlineData("http://laptop.home.arpa", true)]
    [InlineData("https://chat.example.org", false)]
    [InlineData("https://192.0.2.1", false)]
    public void Address_of_this_network_only_is_recognized(string url, bool isLocal) =>
        Assert.Equal(isLocal, LocalNetwork.IsOnlyHost(new Uri(url)));
}

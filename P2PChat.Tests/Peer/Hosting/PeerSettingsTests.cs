using Microsoft.Extensions.Configuration;
using P2PChat.Node.Model;
using P2PChat.Peer.Hosting;

namespace P2PChat.Tests.Peer.Hosting;

public sealed class PeerSettingsTests
{
    [Fact]
    public void Missing_value_uses_the_default()
    {
        Assert.Null(Read(out var options, ("Username", "user1")));

        Assert.Equal(0, options.Port);
        Assert.Null(options.Api);
        Assert.Equal("http://localhost:5000", options.Discovery);
        Assert.Equal(AcceptMode.Ask, options.Accept);
        Assert.False(options.NoConsole);
    }

    [Fact]
    public void All_values_are_read()
    {
        Assert.Null(
            Read(
                out var options,
                ("Username", "user1"),
                ("Port", "8001"),
                ("Api", "9001"),
                ("Accept", "CONTACTS"),
                ("Advertise", "[::1]:8001"),
                ("Bot", "echo"),
                ("PingAfter", "00:00:01"),
                ("Ephemeral", "true"),
                ("WebAddress", "https://alice.example.org:8443")
            )
        );

        Assert.Equal(8001, options.Port);
        Assert.Equal(9001, options.Api);
        Assert.Equal(AcceptMode.Contacts, options.Accept);
        Assert.Equal("[::1]:8001", options.Advertise);
        Assert.Equal(BotKind.Echo, options.Bot);
        Assert.Equal(TimeSpan.FromSeconds(1), options.PingAfter);
        Assert.True(options.Ephemeral);
        Assert.Equal("https://alice.example.org:8443/", options.WebAddress?.AbsoluteUri);
    }

    [Theory]
    [InlineData("Username", "", "username")]
    [InlineData("Username", "no", "'no'")]
    [InlineData("Username", "_me", "'_me'")]
    [InlineData("Port", "abc", "port is 'abc'")]
    [InlineData("Port", "-1", "port is '-1'")]
    [InlineData("Port", "65536", "port is '65536'")]
    [InlineData("Api", "1.5", "(--api) is '1.5'")]
    [InlineData("Accept", "maybe", "(--accept)")]
    [InlineData("Accept", "1", "(--accept)")]
    [InlineData("Discovery", "somewhere", "(--discovery)")]
    [InlineData("Discovery", "ftp://somewhere", "(--discovery)")]
    [InlineData("Discovery", "http://\u05D0somewhere", "(--discovery)")]
    [InlineData("Advertise", "host", "(--advertise)")]
    [InlineData("Advertise", "host:0", "(--advertise)")]
    [InlineData("WebAddress", "alice.example.org", "(--web-address)")]
    [InlineData("WebAddress", "https://example.org/alice", "(--web-address)")]
    [InlineData("WebAddress", "ftp://example.org", "(--web-address)")]
    [InlineData("Data", " ", "(--data)")]
    [InlineData("PingAfter", "soon", "Peer:PingAfter")]
    [InlineData("PingAfter", "30", "Peer:PingAfter is 30.00:00:00")]
    [InlineData("WriteTimeout", "10675199.02:48:05.4775807", "Peer:WriteTimeout is 10675199.02:48:05.4775807")]
    [InlineData("DepositAfter", "-00:00:01", "Peer:DepositAfter is -00:00:01")]
    [InlineData("MaxLinks", "0", "MaxLinks")]
    public void Invalid_value_is_named_in_the_message(string key, string value, string fragment) =>
        Assert.Contains(fragment, Read(out _, ("Username", "user1"), (key, value)), StringComparison.Ordinal);

    [Fact]
    public void Every_duration_option_has_bounds_around_its_default()
    {
        var options = new PeerOptions();
        foreach (
            var option in typeof(PeerOptions)
                .GetProperties()
                .Where(property => property.PropertyType == typeof(TimeSpan))
        )
        {
            var bounds = Assert.IsType<DurationAttribute>(
                Assert.Single(option.GetCustomAttributes(typeof(DurationAttribute), inherit: false))
            );
            Assert.InRange((TimeSpan)option.GetValue(options)!, bounds.Min, bounds.Max);
        }
    }

    private static string? Read(out PeerOptions options, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        foreach (var (key, value) in settings)
        {
            configuration[$"Peer:{key}"] = value;
        }

        return PeerSettings.Read(configuration, out options);
    }
}

using Microsoft.Extensions.Configuration;
using P2PChat.Node.Model;
using P2PChat.Peer.Hosting;

namespace P2PChat.Tests.Peer.Hosting;

public sealed class PeerSettingsTests
{
    [Fact]
    public void What_is_not_given_has_its_default()
    {
        Assert.Null(Read(out var options, ("Username", "user1")));

        Assert.Equal(0, options.Port);
        Assert.Null(options.Api);
        Assert.Equal("http://localhost:5000", options.Discovery);
        Assert.Equal(AcceptMode.Ask, options.Accept);
        Assert.False(options.NoConsole);
    }

    [Fact]
    public void Each_value_is_read()
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
    [InlineData("Username", "", "A username is missing.")]
    [InlineData(
        "Username",
        "no",
        "'no' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with a letter or a digit."
    )]
    [InlineData(
        "Username",
        "_me",
        "'_me' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with a letter or a digit."
    )]
    [InlineData("Port", "abc", "The port is 'abc': give a number from 0 to 65535.")]
    [InlineData("Port", "-1", "The port is '-1': give a number from 0 to 65535.")]
    [InlineData("Port", "65536", "The port is '65536': give a number from 0 to 65535.")]
    [InlineData("Api", "1.5", "The port of the local API (--api) is '1.5': give a number from 0 to 65535.")]
    [InlineData(
        "Accept",
        "maybe",
        "'maybe' says nothing about whom to accept (--accept): give ask, contacts, all or none."
    )]
    [InlineData("Accept", "1", "'1' says nothing about whom to accept (--accept): give ask, contacts, all or none.")]
    [InlineData(
        "Discovery",
        "somewhere",
        "'somewhere' is not the address of a directory (--discovery): give a URL such as http://localhost:5000."
    )]
    [InlineData(
        "Discovery",
        "ftp://somewhere",
        "'ftp://somewhere' is not the address of a directory (--discovery): give a URL such as http://localhost:5000."
    )]
    [InlineData(
        "Advertise",
        "host",
        "'host' is not an address for others (--advertise): give host:port, for instance chat.example.org:8001."
    )]
    [InlineData(
        "Advertise",
        "host:0",
        "'host:0' is not an address for others (--advertise): give host:port, for instance chat.example.org:8001."
    )]
    [InlineData(
        "WebAddress",
        "alice.example.org",
        "'alice.example.org' is not the address of a web page (--web-address): give http or https, a host and a port if need be, for instance https://alice.example.org."
    )]
    [InlineData(
        "WebAddress",
        "https://example.org/alice",
        "'https://example.org/alice' is not the address of a web page (--web-address): give http or https, a host and a port if need be, for instance https://alice.example.org."
    )]
    [InlineData(
        "WebAddress",
        "ftp://example.org",
        "'ftp://example.org' is not the address of a web page (--web-address): give http or https, a host and a port if need be, for instance https://alice.example.org."
    )]
    [InlineData("Data", " ", "The data directory (--data) is empty: give a path, or leave the option out.")]
    [InlineData(
        "PingAfter",
        "soon",
        "Failed to convert configuration value 'soon' at 'Peer:PingAfter' to type 'System.TimeSpan'."
    )]
    [InlineData(
        "PingAfter",
        "30",
        "Peer:PingAfter is 30.00:00:00. Use a time from 00:00:00.0100000 to 1.00:00:00, such as 00:00:30 for 30 seconds."
    )]
    [InlineData(
        "WriteTimeout",
        "10675199.02:48:05.4775807",
        "Peer:WriteTimeout is 10675199.02:48:05.4775807. Use a time from 00:00:00.0100000 to 1.00:00:00, such as 00:00:30 for 30 seconds."
    )]
    [InlineData(
        "DepositAfter",
        "-00:00:01",
        "Peer:DepositAfter is -00:00:01. Use a time from 00:00:00 to 1.00:00:00, such as 00:00:30 for 30 seconds."
    )]
    [InlineData("MaxLinks", "0", "The field MaxLinks must be between 1 and 100000.")]
    public void A_bad_value_is_said_in_a_sentence(string key, string value, string sentence) =>
        Assert.Equal(sentence, Read(out _, ("Username", "user1"), (key, value)));

    [Fact]
    public void Every_time_option_has_bounds_around_its_default()
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

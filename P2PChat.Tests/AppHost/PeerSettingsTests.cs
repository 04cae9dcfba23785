using Microsoft.Extensions.Configuration;
using P2PChat.AppHost;

namespace P2PChat.Tests.AppHost;

public sealed class PeerSettingsTests
{
    [Fact]
    public void Each_name_is_a_peer_with_a_directory_of_its_own()
    {
        var peers = Read(
            "Peers:Names=alice, bob",
            "Peers:DataRoot=/data",
            "Peers:bob:Accept=all",
            "Peers:bob:Bot=echo"
        );

        Assert.Equal(
            [
                new PeerSettings("alice", "/data/alice", "ask", null),
                new PeerSettings("bob", "/data/bob", "all", "echo"),
            ],
            peers
        );
    }

    [Fact]
    public void No_names_are_no_peers() => Assert.Empty(Read("Peers:Names="));

    [Theory]
    [InlineData("a_b_c", "single hyphens")]
    [InlineData("1abc", "a letter first")]
    [InlineData("ab", "3 to 32")]
    [InlineData("abc-", "no hyphen last")]
    [InlineData("alice,bob,alice", "a name of its own")]
    [InlineData("discovery", "a name of its own")]
    public void A_name_that_no_resource_can_have_is_refused_with_what_to_do(string names, string advice)
    {
        var refusal = Assert.Throws<SettingException>(() => Read($"Peers:Names={names}"));

        Assert.Contains(advice, refusal.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<PeerSettings> Read(params string[] arguments) =>
        PeerSettings.From(
            new ConfigurationBuilder().AddCommandLine(arguments).Build(),
            appHostDirectory: "/repository/P2PChat.AppHost"
        );
}

using Microsoft.Extensions.Configuration;
using P2PChat.AppHost;

namespace P2PChat.Tests.AppHost;

public sealed class PeerSettingsTests
{
    [Fact]
    public void Each_name_becomes_a_peer_with_its_own_data_directory()
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
    public void Lan_setting_is_for_all_peers_and_must_be_true_or_false()
    {
        Assert.All(Read("Peers:Names=alice,bob", "Peers:Lan=true"), peer => Assert.True(peer.Lan));
        Assert.All(Read("Peers:Names=alice,bob"), peer => Assert.False(peer.Lan));
        var refusal = Assert.Throws<SettingException>(() => Read("Peers:Names=alice", "Peers:Lan=maybe"));
        Assert.Equal("Peers:Lan is 'maybe'. Use true or false.", refusal.Message);
    }

    [Fact]
    public void Empty_names_give_no_peers() => Assert.Empty(Read("Peers:Names="));

    [Theory]
    [InlineData("a_b_c", "single hyphens")]
    [InlineData("1abc", "Start with a letter")]
    [InlineData("ab", "3 to 32")]
    [InlineData("abc-", "do not end with a hyphen")]
    [InlineData("alice,bob,alice", "a unique name")]
    [InlineData("discovery", "a unique name")]
    public void Invalid_resource_name_is_refused_with_advice(string names, string advice)
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

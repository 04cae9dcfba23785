using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

/// <summary>A peer's API while the directory refuses that peer.</summary>
public sealed class ApiOwnRefusalTests
{
    [Fact]
    public async Task Taken_name_is_not_reported_as_an_unreachable_directory()
    {
        await using var directory = await TestDirectory.StartAsync();
        await using var owner = await TestPeer.StartAsync("wanted", directory.Url);
        await owner.RegisteredAsync();
        await using var other = await TestPeer.StartAsync("wanted", directory.Url);
        await AssertRefusedAsync(other, "name-taken", "Another key claims this name");
    }

    [Fact]
    public async Task Wrong_join_token_is_not_reported_as_an_unreachable_directory()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:JoinToken=right"] };
        await directory.StartAsync();
        await using var peer = await TestPeer.StartAsync("alice", directory.Address, settings: ("JoinToken", "wrong"));
        await AssertRefusedAsync(peer, "join-token-required", "join token");
        using var list = await peer.Http.GetAsync(new Uri("/api/peers", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Conflict, list.StatusCode);
    }

    private static async Task AssertRefusedAsync(TestPeer peer, string type, string says)
    {
        await Eventually.True(
            () => peer.Status.Directory == DirectoryState.Refused,
            PeerUnderTest.Soon,
            "the directory refuses"
        );
        using var response = await peer.Http.PostAsJsonAsync(
            new Uri("/api/connections", UriKind.Relative),
            new { username = "anybody" }
        );
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            (HttpStatusCode.Conflict, "urn:p2pchat:problem:" + type),
            (response.StatusCode, problem.GetProperty("type").GetString())
        );
        Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}

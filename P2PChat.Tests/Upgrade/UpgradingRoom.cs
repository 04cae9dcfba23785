using System.Net.Http.Json;
using System.Text.Json;

namespace P2PChat.Tests.Upgrade;

/// <summary>The rooms of a peer whose program has them.</summary>
internal sealed class UpgradingRoom(UpgradingPeer peer)
{
    /// <returns>The id of the new room.</returns>
    public async Task<string> CreateAsync(string name)
    {
        using var answer = await peer.Http.PostAsJsonAsync("/api/rooms", new { name, history = 0 });
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <returns>False if the other peer has no rooms.</returns>
    public async Task<bool> TryInviteAsync(string room, UpgradingPeer other)
    {
        using var answer = await peer.Http.PostAsJsonAsync(
            $"/api/rooms/{room}/invites",
            new { username = other.Username }
        );
        if (!answer.IsSuccessStatusCode)
        {
            Assert.Contains("no-rooms", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        return answer.IsSuccessStatusCode;
    }

    /// <returns>False if the invitation has not come.</returns>
    public async Task<bool> TryJoinAsync(string room)
    {
        using var answer = await peer.Http.PostAsync(new Uri($"/api/rooms/{room}/join", UriKind.Relative), null);
        return answer.IsSuccessStatusCode;
    }

    public async Task SendAsync(string room, string text)
    {
        using var answer = await peer.Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { text });
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }

    public async Task<IReadOnlyList<string>> TextsAsync(string room)
    {
        var page = await peer.Http.GetFromJsonAsync<JsonElement>($"/api/rooms/{room}/messages");
        return [.. page.GetProperty("messages").EnumerateArray().Select(one => one.GetProperty("text").GetString()!)];
    }
}

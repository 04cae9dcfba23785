using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

/// <summary>A directory and two peers, shared by the tests of a class.</summary>
public sealed class ApiPeers : IAsyncLifetime
{
    private TestDirectory? _directory;
    private TestPeer? _alice;
    private TestPeer? _bob;

    internal TestDirectory Directory => _directory!;

    internal TestPeer Alice => _alice!;

    internal TestPeer Bob => _bob!;

    public async Task InitializeAsync()
    {
        _directory = await TestDirectory.StartAsync();
        _alice = await TestPeer.StartAsync("alice", Directory.Url);
        _bob = await TestPeer.StartAsync("bob", Directory.Url);
        await Alice.RegisteredAsync();
        await Bob.RegisteredAsync();
    }

    public async Task DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Bob.DisposeAsync();
        await Directory.DisposeAsync();
    }
}

/// <summary>Raw calls of the local API.</summary>
internal static class ApiCalls
{
    public static async Task<JsonElement> GetJsonAsync(this TestPeer peer, string path)
    {
        using var response = await peer.Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {response.StatusCode}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public static async Task PostAsync(this TestPeer peer, string path, object? body, HttpStatusCode expected)
    {
        using var response = await peer.Http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        Assert.Equal(expected, response.StatusCode);
    }

    public static async Task<Guid> SendAsync(
        this TestPeer peer,
        string name,
        string text,
        string? idempotencyKey = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/conversations/{name}/messages")
        {
            Content = JsonContent.Create(new { text }),
        };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await peer.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    /// <summary>Connects two peers, and waits until both report it.</summary>
    public static async Task ConnectAsync(TestPeer asking, string askingName, TestPeer accepting, string acceptingName)
    {
        await using var askingEvents = await EventReader.OpenAsync(asking.Http);
        await using var acceptingEvents = await EventReader.OpenAsync(accepting.Http);
        await asking.PostAsync("/api/connections", new { username = acceptingName }, HttpStatusCode.Accepted);
        _ = await acceptingEvents.NextAsync("request");
        await accepting.PostAsync($"/api/requests/{askingName}/accept", null, HttpStatusCode.NoContent);
        _ = await askingEvents.NextAsync("connected");
        _ = await acceptingEvents.NextAsync("connected");
    }
}

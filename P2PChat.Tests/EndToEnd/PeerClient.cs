using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace P2PChat.Tests.EndToEnd;

/// <summary>Drives a peer's process by its local API, as a bot would.</summary>
internal sealed class PeerClient(HttpClient http, HttpResponseMessage stream, IAsyncEnumerator<SseItem<string>> events)
    : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<(string Type, JsonElement Data)> _kept = [];

    /// <summary>Listens from now on.</summary>
    public static async Task<PeerClient> OpenAsync(HttpClient http)
    {
        var stream = await http.GetAsync(
            new Uri("/api/events", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead
        );
        _ = stream.EnsureSuccessStatusCode();
        return new PeerClient(
            http,
            stream,
            SseParser.Create(await stream.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator()
        );
    }

    public async Task ConnectAsync(string username)
    {
        using var answer = await http.PostAsJsonAsync("/api/connections", new { username });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    public async Task AcceptAsync(string username)
    {
        using var answer = await http.PostAsync(new Uri($"/api/requests/{username}/accept", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<HttpStatusCode> SendAsync(string username, string text)
    {
        using var answer = await http.PostAsJsonAsync($"/api/conversations/{username}/messages", new { text });
        return answer.StatusCode;
    }

    public async Task<string> PeerIdAsync() =>
        (await http.GetFromJsonAsync<JsonElement>("/api/status")).GetProperty("peerId").GetString()!;

    /// <summary>
    /// The data of the next event of this type. Others that come before it are kept: what is of two kinds comes in no certain order.
    /// </summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        if (_kept.FindIndex(kept => kept.Type == type) is >= 0 and var index)
        {
            var (_, data) = _kept[index];
            _kept.RemoveAt(index);
            return data;
        }

        while (await events.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            var data = JsonSerializer.Deserialize<JsonElement>(events.Current.Data);
            if (events.Current.EventType == type)
            {
                return data;
            }

            _kept.Add((events.Current.EventType, data));
        }

        throw new InvalidOperationException($"The events ended before one of type {type}.");
    }

    /// <summary>Waits until one of its messages has come. It may be told as sent before.</summary>
    public async Task IsDeliveredAsync()
    {
        while ((await NextAsync("receipt")).GetProperty("state").GetString() is not ("delivered" or "read")) { }
    }

    public void Dispose()
    {
        stream.Dispose();
        http.Dispose();
    }
}

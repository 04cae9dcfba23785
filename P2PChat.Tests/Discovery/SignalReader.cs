using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2PChat.Tests.Discovery;

/// <summary>Reads the events of a signal stream. Fails after a minute without one.</summary>
internal sealed class SignalReader : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private SignalReader(HttpResponseMessage response, Stream stream) =>
        (_response, _items) = (response, SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator());

    /// <summary>Opens a stream, and waits until it is subscribed.</summary>
    public static async Task<SignalReader> OpenAsync(
        DirectoryFixture directory,
        string name,
        string token,
        bool paths = false
    )
    {
        var path = $"/peers/{name}/signals{(paths ? "?paths=true" : "")}";
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await directory.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(
            response.IsSuccessStatusCode,
            response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync()
        );
        return new SignalReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <returns>The type; null if the stream has ended.</returns>
    public async Task<string?> NextAsync() =>
        await _items.MoveNextAsync().AsTask().WaitAsync(Timeout) ? _items.Current.EventType : null;

    /// <summary>Waits for an event of a path session. Fails the test if the next event is another.</summary>
    public async Task<T> NextAsync<T>(string type, JsonTypeInfo<T> json)
    {
        Assert.Equal(type, await NextAsync());
        return JsonSerializer.Deserialize(_items.Current.Data, json)!;
    }

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Net.ServerSentEvents;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Reads a peer's event stream, with a timeout for each event.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly SseParser<string> _parser;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private EventReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _parser = SseParser.Create(stream);
        _items = _parser.EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>The id to resume from.</summary>
    public string LastId => _parser.LastEventId;

    /// <summary>Opens the stream. Nothing that happens after this returns is missed.</summary>
    public static async Task<EventReader> OpenAsync(HttpClient http, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        return new EventReader(response, await response.Content.ReadAsStreamAsync());
    }

    public async Task<SseItem<string>> NextAsync()
    {
        Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(PeerUnderTest.Soon), "The stream has ended.");
        return _items.Current;
    }

    /// <summary>Data of the next event of a type that matches. Other events are skipped.</summary>
    public async Task<string> NextAsync(string type, Func<string, bool>? matches = null)
    {
        while (true)
        {
            var item = await NextAsync();
            if (item.EventType == type && (matches is null || matches(item.Data)))
            {
                return item.Data;
            }
        }
    }

    /// <summary>Whether the stream ends without another event.</summary>
    public async Task<bool> EndsAsync() => !await _items.MoveNextAsync().AsTask().WaitAsync(PeerUnderTest.Soon);

    public ValueTask DisposeAsync()
    {
        // Disposing the enumerator could wait forever for the next event.
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

/// <summary>One event. <see cref="Name"/> is empty for a block that has only an id.</summary>
public sealed record ReceivedEvent(string Name, string Id, PeerEventData? Data);

/// <summary>Reads every block of a stream, including those without data, which <c>SseParser</c> skips.</summary>
public sealed class EventReader : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private EventReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    /// <summary>The id of the last block read.</summary>
    public string LastId { get; private set; } = "";

    public static async Task<EventReader> OpenAsync(HttpClient http, string path, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(
            response.IsSuccessStatusCode,
            response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync()
        );
        var reader = new EventReader(response, await response.Content.ReadAsStreamAsync());
        if (lastEventId is null)
        {
            await reader.NextBlockAsync();
        }

        return reader;
    }

    /// <summary>Reads the next event, skipping blocks that have only an id.</summary>
    public async Task<ReceivedEvent> NextAsync()
    {
        while (true)
        {
            if (await NextBlockAsync() is { Name.Length: > 0 } received)
            {
                return received;
            }
        }
    }

    public async Task<ReceivedEvent> NextBlockAsync()
    {
        string name = "",
            id = "",
            data = "";
        while (true)
        {
            using var timeout = new CancellationTokenSource(Timeout);
            var line = await _reader.ReadLineAsync(timeout.Token)
                ?? throw new EndOfStreamException("The directory ended the event stream.");
            if (line.Length == 0 && (name + id + data).Length > 0)
            {
                break;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            var value = line[(colon + 1)..].TrimStart(' ');
            _ = line[..colon] switch
            {
                "event" => name = value,
                "id" => id = value,
                "data" => data = value,
                _ => "",
            };
        }

        LastId = id;
        return new ReceivedEvent(
            name,
            id,
            data.Length > 2 ? JsonSerializer.Deserialize<PeerEventData>(data, JsonSerializerOptions.Web) : null
        );
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

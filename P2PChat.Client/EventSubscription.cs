using System.Net.ServerSentEvents;

namespace P2PChat.Client;

/// <summary>Events of one call of <c>GET /api/events</c>. Enumerate it once.</summary>
public sealed class EventSubscription : IAsyncEnumerable<ApiEvent>, IDisposable
{
    private const string LastEventIdHeader = "Last-Event-ID";

    private readonly HttpResponseMessage _response;
    private readonly SseParser<string> _parser;
    private readonly CancellationToken _cancellationToken;
    private string? _handled;

    internal EventSubscription(HttpResponseMessage response, Stream stream, CancellationToken cancellationToken)
    {
        _response = response;
        _parser = SseParser.Create(stream);
        _cancellationToken = cancellationToken;
    }

    /// <summary>Subscribes to events after an earlier one; null for events from now on.</summary>
    internal static async Task<EventSubscription> OpenAsync(
        ApiCaller api,
        string? lastEventId,
        CancellationToken cancellationToken
    )
    {
        var response = await api.SendAsync(
            HttpMethod.Get,
            "/api/events",
            null,
            cancellationToken,
            ApiRequests.Header(LastEventIdHeader, lastEventId)
        );
        return new EventSubscription(
            response,
            await response.Content.ReadAsStreamAsync(cancellationToken),
            cancellationToken
        );
    }

    /// <summary>
    /// Id of the last event that was handled, to resume from after an interruption. Before the first event it is the id
    /// at which the stream started, once that has arrived.
    /// </summary>
    public string? LastEventId => _handled ?? (_parser.LastEventId is { Length: > 0 } id ? id : null);

    public async IAsyncEnumerator<ApiEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using var response = _response;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, cancellationToken);
        await foreach (var item in _parser.EnumerateAsync(either.Token))
        {
            var id = _parser.LastEventId;
            if (ApiEventFormat.Read(item.EventType, item.Data) is { } apiEvent)
            {
                yield return apiEvent with
                {
                    EventId = id,
                };
            }

            // The caller asks for the next event only after it has handled this one.
            _handled = id;
        }
    }

    public void Dispose() => _response.Dispose();
}

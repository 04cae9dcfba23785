using System.Net.ServerSentEvents;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Reads one response of <c>GET /peers/{username}/signals</c>.</summary>
internal sealed class SignalStream(
    HttpResponseMessage response,
    Stream body,
    TimeProvider timeProvider,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    // A path request in base64, and its session.
    private const int MaxEventBytes = 8 * 1024;

    private readonly IAsyncEnumerator<SseItem<string>> _items = SseParser
        .Create(new LimitedEventStream(body, MaxEventBytes, timeProvider))
        .EnumerateAsync(cancellationToken)
        .GetAsyncEnumerator(CancellationToken.None);

    /// <summary>Waits for the next signal.</summary>
    /// <returns>Null if the stream has ended, has fallen silent, or is not a stream of signals.</returns>
    public async Task<SseItem<string>?> ReadAsync()
    {
        try
        {
            return await _items.MoveNextAsync() ? _items.Current : null;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The caller opens the stream again, as after its end.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        response.Dispose();
    }
}

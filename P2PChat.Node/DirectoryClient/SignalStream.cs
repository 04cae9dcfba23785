using System.Net.ServerSentEvents;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Reads one response of <c>GET /peers/{username}/signals</c>.</summary>
internal sealed class SignalStream(
    HttpResponseMessage response,
    Stream body,
    TimeProvider timeProvider,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    private const int MaxEventBytes = 1024;

    private readonly IAsyncEnumerator<SseItem<string>> _items = SseParser
        .Create(new LimitedEventStream(body, MaxEventBytes, timeProvider))
        .EnumerateAsync(cancellationToken)
        .GetAsyncEnumerator(CancellationToken.None);

    /// <summary>Waits for the next signal.</summary>
    /// <returns>False if the stream has ended, has fallen silent, or is not a stream of signals.</returns>
    public async Task<bool> WaitAsync()
    {
        try
        {
            while (await _items.MoveNextAsync())
            {
                if (_items.Current.EventType == SignalTypes.Mail)
                {
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The caller opens the stream again, as after its end.
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        response.Dispose();
    }
}

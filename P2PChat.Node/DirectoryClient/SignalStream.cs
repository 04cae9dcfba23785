using System.Net.ServerSentEvents;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Reads one response of <c>GET /peers/{username}/signals</c>.</summary>
internal sealed class SignalStream(
    HttpResponseMessage response,
    Stream body,
    TimeProvider clock,
    CancellationToken cancellation
) : IAsyncDisposable
{
    private const int MaxEvent = 1024;

    private readonly IAsyncEnumerator<SseItem<string>> _items = SseParser
        .Create(new LimitedEventStream(body, MaxEvent, clock))
        .EnumerateAsync(cancellation)
        .GetAsyncEnumerator(CancellationToken.None);

    /// <summary>Returns null if the stream has ended, has fallen silent, or is not a stream of signals.</summary>
    public async Task<MailboxSignal?> NextAsync()
    {
        try
        {
            while (await _items.MoveNextAsync())
            {
                if (_items.Current.EventType == SignalTypes.Mail)
                {
                    return MailboxSignal.Mail;
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The caller opens it again, as after its end.
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        response.Dispose();
    }
}

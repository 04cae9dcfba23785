using System.Threading.Channels;
using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>Collects the events about one peer's connection and messages.</summary>
public sealed class EventWatch(string username, Action<EventWatch> remove) : IDisposable
{
    private readonly Channel<ApiEvent> _events = Channel.CreateUnbounded<ApiEvent>();

    /// <summary>Waits for the first event that matches.</summary>
    /// <returns>Null after the timeout, or when the events end.</returns>
    public async Task<ApiEvent?> FirstAsync(
        Func<ApiEvent, bool> matches,
        TimeSpan timeout,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        using var timeUp = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        try
        {
            await foreach (var apiEvent in _events.Reader.ReadAllAsync(either.Token))
            {
                if (matches(apiEvent))
                {
                    return apiEvent;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // On a busy machine the time is up before an event that came in time is read.
            while (_events.Reader.TryRead(out var apiEvent))
            {
                if (matches(apiEvent))
                {
                    return apiEvent;
                }
            }
        }

        return null;
    }

    public void Offer(ApiEvent apiEvent)
    {
        if (NameIn(apiEvent) == username)
        {
            _ = _events.Writer.TryWrite(apiEvent);
        }
    }

    public void End() => _events.Writer.TryComplete();

    public void Dispose() => remove(this);

    private static string? NameIn(ApiEvent apiEvent) =>
        apiEvent switch
        {
            ApiEvent.Connected { Username: var name } => name,
            ApiEvent.Disconnected { Username: var name } => name,
            ApiEvent.ContactAdded { Username: var name } => name,
            ApiEvent.Receipt { Username: var name } => name,
            _ => null,
        };
}

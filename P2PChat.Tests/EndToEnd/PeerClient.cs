using P2PChat.Client;

namespace P2PChat.Tests.EndToEnd;

/// <summary>A peer's process, driven through its local API, and its events.</summary>
internal sealed class PeerClient(RemotePeer peer, EventSubscription events) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IAsyncEnumerator<ApiEvent> _events = events.GetAsyncEnumerator();
    private readonly List<ApiEvent> _skipped = [];

    public RemotePeer Api => peer;

    /// <summary>Listens from now on.</summary>
    public static async Task<PeerClient> OpenAsync(HttpClient http)
    {
        var peer = new RemotePeer(http);
        return new PeerClient(peer, await peer.ListenAsync());
    }

    /// <summary>Waits for the next event of this type. Other events are kept for later calls.</summary>
    public async Task<T> NextAsync<T>()
        where T : ApiEvent
    {
        if (_skipped.OfType<T>().FirstOrDefault() is { } kept)
        {
            _ = _skipped.Remove(kept);
            return kept;
        }

        while (await _events.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            if (_events.Current is T wanted)
            {
                return wanted;
            }

            _skipped.Add(_events.Current);
        }

        throw new InvalidOperationException($"The events ended before a {typeof(T).Name}.");
    }

    /// <summary>Waits until one of this peer's messages is delivered.</summary>
    public async Task IsDeliveredAsync()
    {
        while ((await NextAsync<ApiEvent.Receipt>()).State is not (MessageState.Delivered or MessageState.Read)) { }
    }

    public void Dispose()
    {
        events.Dispose();
        peer.Dispose();
    }
}

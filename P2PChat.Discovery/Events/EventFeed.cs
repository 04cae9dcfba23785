using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Events;

/// <summary>
/// Reads events from the store for this replica and passes them to all its listeners, so that Redis has one reader per
/// replica instead of one per listener. Polls, and reads sooner when the store signals.
/// </summary>
internal sealed class EventFeed(
    IPeerStore store,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
) : BackgroundService
{
    private const int Batch = 256;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly DirectoryOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly HashSet<EventListener> _listeners = [];
    private readonly Dictionary<string, int> _listenersByAddress = new(StringComparer.Ordinal);
    private EventPosition? _position;

    /// <summary>Adds a listener for future events. Earlier ones must be read from the store.</summary>
    /// <exception cref="ProblemException">There are too many listeners.</exception>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public EventListener Subscribe(FrozenSet<string>? names, string address)
    {
        lock (_gate)
        {
            if (_position is null)
            {
                throw new StoreUnavailableException("The directory has not reached its store yet and has no events.");
            }

            var fromAddress = _listenersByAddress.GetValueOrDefault(address);
            if (_listeners.Count >= _options.EventListeners || fromAddress >= _options.EventListenersPerAddress)
            {
                metrics.RateLimited("event-listeners");
                throw new ProblemException(Problems.TooManyRequests(_options.Heartbeat));
            }

            var listener = new EventListener(names, _position, address, _options.EventBuffer);
            _listeners.Add(listener);
            _listenersByAddress[address] = fromAddress + 1;
            metrics.ListenerOpened();
            return listener;
        }
    }

    public void Unsubscribe(EventListener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
            if (--_listenersByAddress[listener.Address] == 0)
            {
                _listenersByAddress.Remove(listener.Address);
            }

            metrics.ListenerClosed();
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(shards: -1, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wait = _position is null ? RetryInterval : _options.PollEvery;
            var shards = await store.Signal.WaitAsync(wait, timeProvider, stoppingToken);
            await ReadAsync(shards, stoppingToken);
        }
    }

    private async Task ReadAsync(int shards, CancellationToken cancellationToken)
    {
        try
        {
            if (_position is null)
            {
                await StartReadingAsync(cancellationToken);
                return;
            }

            var heads = await Task.WhenAll(Shards(shards).Select(shard => ReadShardAsync(shard, cancellationToken)));
            if (heads.Any(head => head.Lost))
            {
                await RestartReadingAsync(heads.Where(head => head.Lost), cancellationToken);
            }
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth; the next round continues from the same position.
        }
    }

    private IEnumerable<int> Shards(int bits) =>
        Enumerable.Range(0, store.ShardCount).Where(shard => (bits >> shard & 1) == 1);

    private async Task StartReadingAsync(CancellationToken cancellationToken)
    {
        var heads = await Task.WhenAll(Shards(-1).Select(shard => store.GetHeadAsync(shard, cancellationToken)));
        lock (_gate)
        {
            _position = new EventPosition(heads);
        }

        await LoadLastKnownAsync(cancellationToken);
    }

    // Redis lost its data, or this replica was disconnected for too long.
    private async Task RestartReadingAsync(
        IEnumerable<(int Shard, long Number, bool Lost)> heads,
        CancellationToken cancellationToken
    )
    {
        lock (_gate)
        {
            Publish(null, heads.Aggregate(_position!, (position, head) => position.With(head.Shard, head.Number)));
        }

        lastKnown.Clear();
        await LoadLastKnownAsync(cancellationToken);
    }

    private async Task<(int Shard, long Number, bool Lost)> ReadShardAsync(
        int shard,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var batch = await store.ReadEventsAsync(shard, _position![shard], Batch, cancellationToken);
            if (batch.Lost)
            {
                return (shard, batch.Head, Lost: true);
            }

            foreach (var peerEvent in batch.Events)
            {
                lastKnown.Apply(peerEvent, timeProvider.GetUtcNow());
                metrics.EventRead(peerEvent.Kind);
                lock (_gate)
                {
                    Publish(peerEvent, _position.With(shard, peerEvent.Number));
                }
            }

            if (batch.Events.Count < Batch)
            {
                return (shard, batch.Head, Lost: false);
            }
        }
    }

    private void Publish(PeerEvent? peerEvent, EventPosition after)
    {
        _position = after;
        var item = new FeedItem(peerEvent, after);
        foreach (var listener in _listeners)
        {
            listener.Offer(item);
        }
    }

    // Fills the memory for when the store is unavailable.
    private async Task LoadLastKnownAsync(CancellationToken cancellationToken)
    {
        string? after = null;
        for (var room = _options.LastKnownPeers; room > 0; room -= _options.MaxPageSize)
        {
            var page = await store.ListAsync(after, Math.Min(room, _options.MaxPageSize), cancellationToken);
            foreach (var peer in page.Peers)
            {
                lastKnown.Observe(peer);
            }

            if (!page.HasMore)
            {
                return;
            }

            after = page.Peers[^1].Username;
        }
    }
}

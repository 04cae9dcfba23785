using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Peers.Events;

/// <summary>
/// The one reader of events on this replica: it polls the store, sooner when it is woken, and hands each event to all who
/// listen. So Redis has as many readers as there are replicas, not as there are listeners.
/// </summary>
internal sealed class EventFeed(
    IPeerStore store,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider time
) : BackgroundService
{
    private const int Batch = 256;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    private readonly DirectoryOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly HashSet<EventListener> _listeners = [];
    private readonly Dictionary<string, int> _listenersByAddress = new(StringComparer.Ordinal);
    private EventPosition? _position;

    /// <summary>Begins to listen. What happened before is for the caller to read from the store.</summary>
    /// <exception cref="ProblemException">Too many listen already.</exception>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public EventListener Listen(FrozenSet<string>? names, string address)
    {
        lock (_gate)
        {
            if (_position is null)
            {
                throw new StoreUnavailableException(
                    "The directory has not reached its store yet, so it has no events."
                );
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

    public void Leave(EventListener listener)
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
            var wait = _position is null ? BetweenAttempts : _options.PollEvery;
            var shards = await store.Signal.WaitAsync(wait, time, stoppingToken);
            await ReadAsync(shards, stoppingToken);
        }
    }

    private async Task ReadAsync(int shards, CancellationToken cancellation)
    {
        try
        {
            if (_position is null)
            {
                await BeginAsync(cancellation);
                return;
            }

            var heads = await Task.WhenAll(Shards(shards).Select(shard => ReadShardAsync(shard, cancellation)));
            if (heads.Any(head => head.Lost))
            {
                await BeginAgainAsync(heads.Where(head => head.Lost), cancellation);
            }
        }
        catch (StoreUnavailableException)
        {
            // StoreHealth has told; the next round tries again, from where this one stood.
        }
    }

    private IEnumerable<int> Shards(int bits) =>
        Enumerable.Range(0, store.ShardCount).Where(shard => (bits >> shard & 1) == 1);

    private async Task BeginAsync(CancellationToken cancellation)
    {
        var heads = await Task.WhenAll(Shards(-1).Select(shard => store.GetHeadAsync(shard, cancellation)));
        lock (_gate)
        {
            _position = new EventPosition(heads);
        }

        await RecallAsync(cancellation);
    }

    // Redis lost its data, or this replica was away from it for too long.
    private async Task BeginAgainAsync(
        IEnumerable<(int Shard, long Number, bool Lost)> heads,
        CancellationToken cancellation
    )
    {
        lock (_gate)
        {
            Tell(null, heads.Aggregate(_position!, (position, head) => position.With(head.Shard, head.Number)));
        }

        lastKnown.Clear();
        await RecallAsync(cancellation);
    }

    private async Task<(int Shard, long Number, bool Lost)> ReadShardAsync(int shard, CancellationToken cancellation)
    {
        while (true)
        {
            var batch = await store.ReadEventsAsync(shard, _position![shard], Batch, cancellation);
            if (batch.Lost)
            {
                return (shard, batch.Head, Lost: true);
            }

            foreach (var peerEvent in batch.Events)
            {
                lastKnown.Apply(peerEvent, time.GetUtcNow());
                metrics.EventRead(peerEvent.Kind);
                lock (_gate)
                {
                    Tell(peerEvent, _position.With(shard, peerEvent.Number));
                }
            }

            if (batch.Events.Count < Batch)
            {
                return (shard, batch.Head, Lost: false);
            }
        }
    }

    private void Tell(PeerEvent? peerEvent, EventPosition after)
    {
        _position = after;
        var item = new FeedItem(peerEvent, after);
        foreach (var listener in _listeners)
        {
            listener.Offer(item);
        }
    }

    // What there is already, for the time when the store is away.
    private async Task RecallAsync(CancellationToken cancellation)
    {
        string? after = null;
        for (var room = _options.LastKnownPeers; room > 0; room -= _options.MaxPageSize)
        {
            var page = await store.ListAsync(after, Math.Min(room, _options.MaxPageSize), cancellation);
            foreach (var peer in page.Peers)
            {
                lastKnown.Saw(peer);
            }

            if (!page.HasMore)
            {
                return;
            }

            after = page.Peers[^1].Username;
        }
    }
}

using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// Reads notifications of new mail from the store for this replica, and notifies the listeners for these names. Mail
/// may have arrived at any replica. Polls, and reads sooner when the store signals. Passes on the signals of the bus.
/// </summary>
internal sealed class SignalFeed(
    IMailboxStore store,
    ISignalBus bus,
    MailboxMetrics metrics,
    DirectoryMetrics directoryMetrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
) : BackgroundService
{
    private const int Batch = 256;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly DirectoryOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<SignalListener>> _listeners = new(StringComparer.Ordinal);
    private readonly long?[] _positions = new long?[store.ShardCount];
    private readonly RecentSignals _recent = new(timeProvider);
    private int _count;

    /// <summary>
    /// Adds a listener, which gets the signals of the last seconds. The caller must ask the store for mail that is
    /// already there.
    /// </summary>
    /// <param name="takesPaths">Whether it also listens to signals of path sessions.</param>
    /// <exception cref="ProblemException">There are too many listeners.</exception>
    /// <exception cref="StoreUnavailableException">The name's shard has not been read since the start.</exception>
    public SignalListener Subscribe(Username name, bool takesPaths)
    {
        lock (_gate)
        {
            if (_positions[store.ShardOf(name)] is null)
            {
                throw new StoreUnavailableException(
                    "The directory has not read the mailbox's shard yet and has no signals."
                );
            }

            if (_count >= _options.Mailbox.SignalListeners)
            {
                directoryMetrics.RateLimited("signal-listeners");
                throw new ProblemException(Problems.TooManyRequests(_options.Heartbeat));
            }

            if (!_listeners.TryGetValue(name.Value, out var others))
            {
                _listeners.Add(name.Value, others = []);
            }
            // A peer that lost its stream may reconnect before this side has noticed.
            if (others.Count >= _options.Mailbox.SignalListenersPerName)
            {
                others[0].Complete();
            }

            var listener = new SignalListener(name, _options.Paths.SignalBuffer, takesPaths);
            foreach (var signal in _recent.For(name))
            {
                listener.Notify(signal);
            }

            others.Add(listener);
            _count++;
            metrics.ListenerOpened();
            return listener;
        }
    }

    public void Unsubscribe(SignalListener listener)
    {
        lock (_gate)
        {
            var others = _listeners[listener.Name.Value];
            others.Remove(listener);
            if (others.Count == 0)
            {
                _listeners.Remove(listener.Name.Value);
            }

            _count--;
            metrics.ListenerClosed();
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        bus.Received += OnReceived;
        await ReadAsync(shards: -1, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        bus.Received -= OnReceived;
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wait = _positions.Contains(null) ? RetryInterval : _options.PollEvery;
            var shards = await store.Signal.WaitAsync(wait, timeProvider, stoppingToken);
            await ReadAsync(shards, stoppingToken);
        }
    }

    private void OnReceived(PeerSignal signal)
    {
        lock (_gate)
        {
            _recent.Add(signal);
            foreach (var listener in _listeners.GetValueOrDefault(signal.Recipient.Value) ?? [])
            {
                listener.Notify(signal);
            }
        }
    }

    private async Task ReadAsync(int shards, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, store.ShardCount)
                    .Where(shard => (shards >> shard & 1) == 1)
                    .Select(shard => ReadShardAsync(shard, cancellationToken))
            );
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth; the next round continues from the same positions.
        }
    }

    private async Task ReadShardAsync(int shard, CancellationToken cancellationToken)
    {
        MailboxNotifications notifications;
        do
        {
            notifications = await store.ReadNotificationsAsync(shard, _positions[shard], Batch, cancellationToken);
            lock (_gate)
            {
                _positions[shard] = notifications.UpTo;
                foreach (
                    var listener in notifications.Names.SelectMany(name => _listeners.GetValueOrDefault(name) ?? [])
                )
                {
                    listener.NotifyMail();
                }
            }
        } while (notifications.Names.Count == Batch);
    }
}

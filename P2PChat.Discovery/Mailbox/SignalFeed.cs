using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailbox;

/// <summary>
/// The one reader of news about mail on this replica: it polls the store, sooner when it is woken, and wakes those who listen
/// for a name, whichever replica took the mail in.
/// </summary>
internal sealed class SignalFeed(
    IMailboxStore store,
    MailboxMetrics metrics,
    DirectoryMetrics directoryMetrics,
    IOptions<DirectoryOptions> options,
    TimeProvider time
) : BackgroundService
{
    private const int Batch = 256;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    private readonly DirectoryOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<SignalListener>> _listeners = new(StringComparer.Ordinal);
    private readonly long?[] _positions = new long?[store.ShardCount];
    private int _count;

    /// <summary>Begins to listen. What came before is for the caller to ask the store for.</summary>
    /// <exception cref="ProblemException">Too many listen already.</exception>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public SignalListener Listen(Username name)
    {
        lock (_gate)
        {
            if (_positions.Contains(null))
            {
                throw new StoreUnavailableException(
                    "The directory has not reached its store yet, so it has no signals."
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
            // A peer that lost its stream comes back before this end has noticed.
            if (others.Count >= _options.Mailbox.SignalListenersPerName)
            {
                others[0].End();
            }

            var listener = new SignalListener(name);
            others.Add(listener);
            _count++;
            metrics.ListenerOpened();
            return listener;
        }
    }

    public void Leave(SignalListener listener)
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
        await ReadAsync(shards: -1, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wait = _positions.Contains(null) ? BetweenAttempts : _options.PollEvery;
            var shards = await store.Signal.WaitAsync(wait, time, stoppingToken);
            await ReadAsync(shards, stoppingToken);
        }
    }

    private async Task ReadAsync(int shards, CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, store.ShardCount)
                    .Where(shard => (shards >> shard & 1) == 1)
                    .Select(shard => ReadShardAsync(shard, cancellation))
            );
        }
        catch (StoreUnavailableException)
        {
            // StoreHealth has told; the next round tries again, from where this one stood.
        }
    }

    private async Task ReadShardAsync(int shard, CancellationToken cancellation)
    {
        MailboxNotifications news;
        do
        {
            news = await store.ReadNewsAsync(shard, _positions[shard], Batch, cancellation);
            lock (_gate)
            {
                _positions[shard] = news.UpTo;
                foreach (var listener in news.Names.SelectMany(name => _listeners.GetValueOrDefault(name) ?? []))
                {
                    listener.Tell();
                }
            }
        } while (news.Names.Count == Batch);
    }
}

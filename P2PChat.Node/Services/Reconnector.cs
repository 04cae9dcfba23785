using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Connects to those who have been accepted, when a link was lost and when this process starts: again and again, at growing
/// distances, and at once when the directory says that one has come.
/// </summary>
internal sealed partial class Reconnector(
    PeerNode node,
    PeerStore store,
    ReconnectQueue queue,
    DirectoryWatch watch,
    PeerOptions options,
    SteadyClock clock,
    ILogger<Reconnector> logger
) : BackgroundService
{
    // Attempts under way at one time: who has a thousand contacts does not dial them all at once.
    private const int AtOnce = 8;

    // Whoever is offline is told of by the directory; this is for what it does not tell.
    private const int OfflineFactor = 5;

    // Connections in a row that were lost as soon as they had come about, and are forgiven: cuts come in groups.
    private const int ForgivenLosses = 3;

    private readonly Dictionary<PeerId, Entry> _entries = [];
    private readonly Dictionary<PeerId, int> _soonLost = [];
    private readonly ILogger<Reconnector> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        if (!options.Reconnect)
        {
            return;
        }

        try
        {
            foreach (var (name, key) in SessionTable.Guard(store.ToReconnect))
            {
                Schedule(new WantedLink(name, key, null));
            }

            var watching = watch.RunAsync(Names, stoppingToken);
            await RunAsync(stoppingToken);
            await watching;
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var asked = queue.Asked.WaitToReadAsync(wake.Token).AsTask();
            var came = watch.Came.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(UntilDue(), clock, wake.Token);
            _ = await Task.WhenAny(asked, came, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            while (queue.Asked.TryRead(out var item))
            {
                if (item is { } wanted)
                {
                    Schedule(wanted);
                }
                else
                {
                    Hasten(name: null);
                }
            }

            while (watch.Came.TryRead(out var name))
            {
                Hasten(name);
            }

            await AttemptAsync(cancellationToken);
        }
    }

    private IReadOnlyCollection<Username> Names()
    {
        lock (_entries)
        {
            return [.. _entries.Values.Select(entry => entry.Name)];
        }
    }

    private TimeSpan UntilDue()
    {
        lock (_entries)
        {
            if (_entries.Count == 0)
            {
                return Timeout.InfiniteTimeSpan;
            }

            var wait = _entries.Values.Min(entry => entry.Due) - clock.GetUtcNow();
            return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        }
    }

    private void Schedule(WantedLink wanted)
    {
        var attempts = wanted.Lasted is { } lasted ? Math.Max(0, SoonLost(wanted.Key, lasted) - ForgivenLosses) : 0;
        var wait =
            wanted.Lasted is null ? TimeSpan.Zero
            : attempts == 0 ? Jitter(options.ReconnectAfter / 4)
            : Backoff(attempts);
        lock (_entries)
        {
            _entries[wanted.Key] = new Entry(wanted.Name, wanted.Key, attempts, clock.GetUtcNow() + wait);
        }

        watch.NamesChanged();
    }

    // One with whom every connection breaks at once, a program at fault say, is not called four times a second for ever.
    private int SoonLost(PeerId key, TimeSpan lasted)
    {
        if (lasted >= 2 * options.ReconnectAfter)
        {
            _ = _soonLost.Remove(key);
            return 0;
        }

        return _soonLost[key] = _soonLost.GetValueOrDefault(key) + 1;
    }

    /// <param name="name">Null for all, and at once.</param>
    private void Hasten(Username? name)
    {
        var wait = name is null ? TimeSpan.Zero : Jitter(options.ReconnectAfter / 4);
        lock (_entries)
        {
            foreach (var entry in _entries.Values.Where(entry => name is null || entry.Name == name).ToList())
            {
                _entries[entry.Key] = entry with { Attempts = 0, Due = clock.GetUtcNow() + wait };
            }
        }
    }

    private async Task AttemptAsync(CancellationToken cancellationToken)
    {
        List<Entry> due;
        lock (_entries)
        {
            due =
            [
                .. _entries
                    .Values.Where(entry => entry.Due <= clock.GetUtcNow())
                    .OrderBy(entry => entry.Due)
                    .Take(AtOnce),
            ];
        }

        await Task.WhenAll(due.Select(entry => AttemptAsync(entry, cancellationToken)));
    }

    private async Task AttemptAsync(Entry entry, CancellationToken cancellationToken)
    {
        var (wanted, wait) = (true, Backoff(entry.Attempts));
        try
        {
            wanted = await node.ReconnectAsync(entry.Name, entry.Key, cancellationToken);
        }
        catch (PeerException e)
        {
            LogNotNow(e.Error);
            if (e.Error is PeerError.PeerOffline or PeerError.UnknownPeer or PeerError.KeyChanged)
            {
                wait = Jitter(options.ReconnectAtMost * OfflineFactor);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(e);
        }

        lock (_entries)
        {
            // Something may have asked for it anew meanwhile.
            if (!_entries.TryGetValue(entry.Key, out var now) || now != entry)
            {
                return;
            }

            if (wanted)
            {
                _entries[entry.Key] = entry with { Attempts = entry.Attempts + 1, Due = clock.GetUtcNow() + wait };
            }
            else
            {
                _ = _entries.Remove(entry.Key);
            }
        }
    }

    // Between a half and the whole of what doubles each time: two sides that lost one link do not meet in step for ever.
    private TimeSpan Backoff(int attempts)
    {
        var wait = options.ReconnectAfter * Math.Pow(2, Math.Min(attempts, 20));
        return Jitter(wait < options.ReconnectAtMost ? wait : options.ReconnectAtMost);
    }

    private static TimeSpan Jitter(TimeSpan wait) => wait * (0.5 + Random.Shared.NextDouble() / 2);

    private sealed record Entry(Username Name, PeerId Key, int Attempts, DateTimeOffset Due);

    [LoggerMessage(LogLevel.Debug, "A contact is not connected to again yet: {Error}.")]
    private partial void LogNotNow(PeerError error);

    [LoggerMessage(LogLevel.Error, "An attempt to connect again has failed, by a fault of this peer's own.")]
    private partial void LogFailed(Exception exception);
}

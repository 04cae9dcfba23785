using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Reconnects to accepted contacts after a lost link and at startup: with exponential backoff, and at once when the
/// directory reports that a contact is online.
/// </summary>
internal sealed partial class Reconnector(
    PeerConnector connector,
    PeerStore store,
    ReconnectQueue queue,
    DirectoryWatch watch,
    PeerOptions options,
    SteadyClock steadyClock,
    ILogger<Reconnector> logger
) : BackgroundService
{
    // A peer with a thousand contacts does not dial them all at once.
    private const int MaxConcurrentAttempts = 8;

    // The directory reports contacts that come online, so polling for offline ones is only a fallback.
    private const int OfflineFactor = 5;

    // Early losses in a row without backoff, because network failures come in bursts.
    private const int ForgivenLosses = 3;

    // Jitter keeps two sides that lost one link from dialling in step.
    private readonly Backoff _backoff = new(options.ReconnectAfter, options.ReconnectAtMost, Jitter.HalfToWhole);
    private readonly Dictionary<PeerId, Entry> _entries = [];
    private readonly Dictionary<PeerId, int> _earlyLosses = [];
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
            foreach (var (name, key) in SessionTable.Guard(store.Conversations.ToReconnect))
            {
                Schedule(new WantedLink(name, key, null));
            }

            var watching = watch.RunAsync(Names, stoppingToken);
            await RunAsync(stoppingToken);
            await watching;
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var requested = queue.Reader.WaitToReadAsync(wake.Token).AsTask();
            var online = watch.Arrivals.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(UntilDue(), steadyClock, wake.Token);
            _ = await Task.WhenAny(requested, online, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            while (queue.Reader.TryRead(out var item))
            {
                if (item is { } wanted)
                {
                    Schedule(wanted);
                }
                else
                {
                    Expedite(name: null);
                }
            }

            while (watch.Arrivals.TryRead(out var name))
            {
                Expedite(name);
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

            var wait = _entries.Values.Min(entry => entry.Due) - steadyClock.GetUtcNow();
            return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        }
    }

    private void Schedule(WantedLink wanted)
    {
        if (wanted.KeepsSchedule && IsScheduled(wanted.Key))
        {
            return;
        }

        var attempts = wanted.Lasted is { } lasted
            ? Math.Max(0, CountEarlyLoss(wanted.Key, lasted) - ForgivenLosses)
            : 0;
        var wait =
            wanted.Lasted is null ? TimeSpan.Zero
            : attempts == 0 ? Jitter.HalfToWhole.Apply(options.ReconnectAfter / 4)
            : _backoff.After(attempts + 1);
        lock (_entries)
        {
            _entries[wanted.Key] = new Entry(wanted.Name, wanted.Key, attempts, steadyClock.GetUtcNow() + wait);
        }

        watch.NamesChanged();
    }

    private bool IsScheduled(PeerId key)
    {
        lock (_entries)
        {
            return _entries.ContainsKey(key);
        }
    }

    // A contact whose connections all break at once, such as a faulty program, is not dialled several times a second.
    private int CountEarlyLoss(PeerId key, TimeSpan lasted)
    {
        if (lasted >= 2 * options.ReconnectAfter)
        {
            _ = _earlyLosses.Remove(key);
            return 0;
        }

        return _earlyLosses[key] = _earlyLosses.GetValueOrDefault(key) + 1;
    }

    /// <param name="name">Null for all contacts, without jitter.</param>
    private void Expedite(Username? name)
    {
        var wait = name is null ? TimeSpan.Zero : Jitter.HalfToWhole.Apply(options.ReconnectAfter / 4);
        lock (_entries)
        {
            foreach (var entry in _entries.Values.Where(entry => name is null || entry.Name == name).ToList())
            {
                _entries[entry.Key] = entry with { Attempts = 0, Due = steadyClock.GetUtcNow() + wait };
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
                    .Values.Where(entry => entry.Due <= steadyClock.GetUtcNow())
                    .OrderBy(entry => entry.Due)
                    .Take(MaxConcurrentAttempts),
            ];
        }

        await Task.WhenAll(due.Select(entry => AttemptAsync(entry, cancellationToken)));
    }

    private async Task AttemptAsync(Entry entry, CancellationToken cancellationToken)
    {
        var (wanted, wait) = (true, _backoff.After(entry.Attempts + 1));
        try
        {
            wanted = await connector.ReconnectAsync(entry.Name, entry.Key, cancellationToken);
        }
        catch (PeerException exception)
        {
            LogRetry(exception.Error);
            if (
                exception.Error
                is PeerError.PeerOffline
                    or PeerError.UnknownPeer
                    or PeerError.KeyChanged
                    or PeerError.InviterKeyChanged
            )
            {
                wait = Jitter.HalfToWhole.Apply(options.ReconnectAtMost * OfflineFactor);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception);
        }

        lock (_entries)
        {
            // The entry may have been rescheduled meanwhile.
            if (!_entries.TryGetValue(entry.Key, out var now) || now != entry)
            {
                return;
            }

            if (wanted)
            {
                _entries[entry.Key] = entry with
                {
                    Attempts = entry.Attempts + 1,
                    Due = steadyClock.GetUtcNow() + wait,
                };
            }
            else
            {
                _ = _entries.Remove(entry.Key);
            }
        }
    }

    private sealed record Entry(Username Name, PeerId Key, int Attempts, DateTimeOffset Due);

    [LoggerMessage(LogLevel.Debug, "Reconnect attempt failed: {Error}.")]
    private partial void LogRetry(PeerError error);

    [LoggerMessage(LogLevel.Error, "Reconnect attempt failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}

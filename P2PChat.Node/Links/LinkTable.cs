using System.Collections.Concurrent;
using System.Net;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Timing;

namespace P2PChat.Node.Links;

/// <summary>All live links, from the end of the TLS handshake until the socket is closed. Thread-safe.</summary>
internal sealed class LinkTable
{
    private readonly ConcurrentDictionary<int, Link> _links = new();
    private readonly DirectAccess _direct;
    private readonly PeerMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<Link> _logger;
    private readonly LinkOptions _linkOptions;
    private readonly int _maxLinks;
    private readonly PeerTimers _timers;
    private int _lastId;

    public LinkTable(
        PeerOptions options,
        DirectAccess direct,
        PeerMetrics metrics,
        TimeProvider timeProvider,
        PeerTimers timers,
        ILogger<Link> logger
    )
    {
        (_metrics, _timeProvider, _timers, _logger, _maxLinks) = (
            metrics,
            timeProvider,
            timers,
            logger,
            options.MaxLinks
        );
        _linkOptions = new LinkOptions
        {
            PingAfter = options.PingAfter,
            DeadAfter = options.DeadAfter,
            AnswerTimeout = options.AnswerTimeout,
            WriteTimeout = options.WriteTimeout,
            ProbeTimeout = options.ProbeTimeout,
        };
        _direct = direct;
        direct.Changed += EndDirectIfHidden;
        metrics.ObserveQueue(() => _links.Values.Sum(link => (long)link.Queued));
    }

    public int Count => _links.Count;

    public int Max => _maxLinks;

    public bool IsFull => _links.Count >= _maxLinks;

    public IEnumerable<Link> All => _links.Values;

    /// <param name="isRequester">Whether this side asks to connect, whatever its TLS role.</param>
    /// <param name="startedAt">When the first byte of TLS went over the wire.</param>
    /// <param name="slot">The slot of an unauthenticated connection; null if the link takes none.</param>
    public Link Add(TlsChannel channel, bool isRequester, DateTimeOffset startedAt, IDisposable? slot)
    {
        var link = new Link(
            Interlocked.Increment(ref _lastId),
            channel,
            isRequester,
            startedAt,
            slot,
            _linkOptions,
            _metrics,
            _timeProvider,
            _logger,
            _timers.Timeouts.Signal
        );
        _links[link.Id] = link;
        // The search that has led to the link may have begun before the address was hidden.
        if (!_direct.IsAllowed && !link.Origin.IsRelayed)
        {
            link.Abort();
        }

        _metrics.LinkUp();
        _ = RemoveAtEndAsync(link);
        _timers.Timeouts.Signal();
        return link;
    }

    /// <summary>
    /// The time until <see cref="Tick"/> has something to do; <see cref="TimeSpan.MaxValue"/> if there is no link.
    /// </summary>
    public TimeSpan UntilDue()
    {
        var wait = TimeSpan.MaxValue;
        foreach (var (_, link) in _links)
        {
            wait = link.UntilDue() is var due && due < wait ? due : wait;
        }

        return wait;
    }

    public void Tick()
    {
        foreach (var (_, link) in _links)
        {
            link.Tick();
        }
    }

    /// <summary>Probes the links that use addresses this machine no longer has.</summary>
    public void Probe(Func<IPAddress, bool> isLost)
    {
        foreach (var (_, link) in _links)
        {
            if (link.LocalAddress is { } address && isLost(address))
            {
                link.Probe();
            }
        }
    }

    /// <summary>Waits for all links to end, and aborts those that take too long.</summary>
    public async Task EndAsync(TimeSpan timeout)
    {
        var links = _links.Values.ToList();
        try
        {
            await Task.WhenAll(links.Select(link => link.Completion)).WaitAsync(timeout, _timeProvider);
        }
        catch (TimeoutException)
        {
            foreach (var link in links)
            {
                link.Abort();
            }
        }
    }

    // Without a Close, because its reasons would tell the other side that the user has disconnected. Both reconnect.
    private void EndDirectIfHidden()
    {
        foreach (var (_, link) in _links)
        {
            if (!_direct.IsAllowed && !link.Origin.IsRelayed)
            {
                link.Abort();
            }
        }
    }

    private async Task RemoveAtEndAsync(Link link)
    {
        await link.Completion;
        _ = _links.TryRemove(link.Id, out _);
        _metrics.LinkDown();
    }
}

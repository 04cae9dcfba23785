using System.Diagnostics;
using System.Net;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Lan;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Paths.Stun;
using P2PChat.Node.Sessions;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Looks for better paths for relayed conversations: repeatedly, and at once when an address or public address of this
/// machine changes, or the peer appears on the local network.
/// </summary>
internal sealed partial class PathUpgrader(
    PathUpgrades upgrades,
    SessionTable sessions,
    PeerConnector connector,
    AddressMonitor addresses,
    ReflexiveAddresses reflexive,
    LanPeers lan,
    SteadyClock clock,
    ILogger<PathUpgrader> logger
) : BackgroundService
{
    // A peer with many relayed conversations does not search for all of them at once.
    private const int MaxConcurrentSearches = 8;

    // Enough for a contact that joins, leaves and joins again. Anybody can announce a contact more often.
    private const int MaxAppearances = 3;
    private static readonly TimeSpan AppearanceInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, Pace> _appearances = [];
    private readonly SemaphoreSlim _searches = new(MaxConcurrentSearches);
    private readonly long _startedAt = clock.GetTimestamp();
    private readonly ILogger<PathUpgrader> _logger = logger;
    private IReadOnlyList<IPEndPoint> _public = [];

    public override void Dispose()
    {
        base.Dispose();
        _searches.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        addresses.Changed += upgrades.AddressChanged;
        reflexive.Changed += OnPublicChanged;
        lan.Found += OnFoundOnLan;
        var running = new Dictionary<PeerId, Task>();
        try
        {
            while (true)
            {
                foreach (var peer in await upgrades.WaitAsync(stoppingToken))
                {
                    if (running.GetValueOrDefault(peer) is null or { IsCompleted: true })
                    {
                        running[peer] = SearchAsync(peer, stoppingToken);
                    }
                }

                foreach (var (peer, _) in running.Where(search => search.Value.IsCompleted).ToList())
                {
                    _ = running.Remove(peer);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
        finally
        {
            addresses.Changed -= upgrades.AddressChanged;
            reflexive.Changed -= OnPublicChanged;
            lan.Found -= OnFoundOnLan;
            await Task.WhenAll(running.Values);
        }
    }

    // An unreachable STUN server does not count as a change.
    private void OnPublicChanged()
    {
        var present = reflexive.Current;
        lock (_gate)
        {
            if (present.Count == 0 || present.SequenceEqual(_public))
            {
                return;
            }

            _public = present;
        }

        upgrades.AddressChanged();
    }

    private void OnFoundOnLan(PeerId peer)
    {
        lock (_gate)
        {
            if (!_appearances.TryGetValue(peer, out var pace))
            {
                // Only contacts are found, so the number of contacts bounds the dictionary.
                _appearances[peer] = pace = new Pace(MaxAppearances, AppearanceInterval);
            }

            if (!pace.TryTake(clock.GetElapsedTime(_startedAt)))
            {
                return;
            }
        }

        upgrades.Moved(peer);
        connector.OnFoundOnLan(peer);
    }

    private async Task SearchAsync(PeerId peer, CancellationToken cancellationToken)
    {
        try
        {
            await _searches.WaitAsync(cancellationToken);
            try
            {
                if (sessions.All.FirstOrDefault(session => session.Remote == peer) is { } session)
                {
                    await connector.UpgradeAsync(session, cancellationToken);
                }
            }
            finally
            {
                _ = _searches.Release();
            }
        }
        catch (PeerException exception)
        {
            // The directory cannot be reached, or the peer no longer has a record. The next search is due later.
            LogNotSearched(exception.Error);
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Search for a better path was not possible: {Error}.")]
    private partial void LogNotSearched(PeerError error);

    [LoggerMessage(LogLevel.Error, "Search for a better path failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}

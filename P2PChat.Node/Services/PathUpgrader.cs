using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Lan;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Looks for better paths for relayed conversations: again and again, and at once when this machine's addresses change
/// or the peer appears on the local network.
/// </summary>
internal sealed partial class PathUpgrader(
    PathUpgrades upgrades,
    SessionTable sessions,
    PeerConnector connector,
    AddressMonitor addresses,
    LanPeers lan,
    ILogger<PathUpgrader> logger
) : BackgroundService
{
    // A peer with many relayed conversations does not search for all of them at once.
    private const int MaxConcurrentSearches = 8;

    private readonly SemaphoreSlim _searches = new(MaxConcurrentSearches);
    private readonly ILogger<PathUpgrader> _logger = logger;

    public override void Dispose()
    {
        base.Dispose();
        _searches.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        addresses.Changed += upgrades.AddressChanged;
        lan.Found += OnFoundOnLan;
        var running = new List<Task>();
        try
        {
            while (true)
            {
                foreach (var peer in await upgrades.WaitAsync(stoppingToken))
                {
                    _ = running.RemoveAll(search => search.IsCompleted);
                    running.Add(SearchAsync(peer, stoppingToken));
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
            lan.Found -= OnFoundOnLan;
            await Task.WhenAll(running);
        }
    }

    private void OnFoundOnLan(PeerId peer)
    {
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

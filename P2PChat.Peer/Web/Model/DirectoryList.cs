using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Caches the directory's list of peers, so that no page waits for the directory. Thread-safe.</summary>
internal sealed class DirectoryList(ConnectionService connections, TimeProvider timeProvider) : IDisposable
{
    /// <summary>How often an open page refreshes the list.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Username, long> _offlineSince = new();
    private readonly SemaphoreSlim _gate = new(1);
    private long? _refreshedAt;

    /// <summary>The listed peers by name; empty until the first refresh.</summary>
    public IReadOnlyList<PeerView> Peers { get; private set; } = [];

    public bool IsLoaded { get; private set; }

    /// <summary>Why the list is out of date or missing; null if it is current.</summary>
    public string? Problem { get; private set; }

    public bool IsOnline(PeerView peer) =>
        peer.Online
        && !(
            _offlineSince.TryGetValue(peer.Name, out var since) && timeProvider.GetElapsedTime(since) < RefreshInterval
        );

    /// <summary>Shows a peer as offline that has just said so, before the directory's list does.</summary>
    public void MarkOffline(Username name) => _offlineSince[name] = timeProvider.GetTimestamp();

    /// <summary>Undoes <see cref="MarkOffline"/>.</summary>
    public void MarkOnline(Username name) => _offlineSince.TryRemove(name, out _);

    /// <summary>Reads the list from the directory.</summary>
    /// <param name="force">Reads it even if another page has just done so.</param>
    public async Task RefreshAsync(bool force, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!force && _refreshedAt is { } refreshedAt && timeProvider.GetElapsedTime(refreshedAt) < FreshFor)
            {
                return;
            }

            Peers = await connections.ListPeersAsync(cancellationToken);
            (IsLoaded, Problem) = (true, null);
            _refreshedAt = timeProvider.GetTimestamp();
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
        }
        finally
        {
            _ = _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}

using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>The directory's list as it was last heard, so that no page waits for the directory. Thread-safe.</summary>
internal sealed class DirectoryList(ConnectionService connections, TimeProvider time) : IDisposable
{
    /// <summary>How often an open page has it asked for.</summary>
    public static readonly TimeSpan AskedEvery = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Username, long> _left = new();
    private readonly SemaphoreSlim _gate = new(1);
    private long? _asked;

    /// <summary>By name; empty before the first answer.</summary>
    public IReadOnlyList<PeerView> Peers { get; private set; } = [];

    /// <summary>Whether there has been an answer.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>A sentence on why the list is old or missing; null if it is neither.</summary>
    public string? Trouble { get; private set; }

    public bool IsOnline(PeerView peer) =>
        peer.Online && !(_left.TryGetValue(peer.Name, out var at) && time.GetElapsedTime(at) < AskedEvery);

    /// <summary>Somebody has said goodbye: they leave the directory at about that time, and the list hears of it later.</summary>
    public void Left(Username name) => _left[name] = time.GetTimestamp();

    /// <summary>Somebody is there, whatever they said before.</summary>
    public void Came(Username name) => _left.TryRemove(name, out _);

    /// <summary>Asks the directory.</summary>
    /// <param name="anew">Even if somebody just has: there is reason to think that it answers otherwise now.</param>
    public async Task RefreshAsync(bool anew, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!anew && _asked is { } asked && time.GetElapsedTime(asked) < Fresh)
            {
                return;
            }

            Peers = await connections.ListPeersAsync(cancellationToken);
            (IsKnown, Trouble) = (true, null);
            _asked = time.GetTimestamp();
        }
        catch (PeerException e)
        {
            Trouble = e.Message;
        }
        finally
        {
            _ = _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}

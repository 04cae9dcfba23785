using P2PChat.Peer.Chat;

namespace P2PChat.Peer.Web.Model;

/// <summary>The directory's list as it was last heard, so that no page waits for the directory. Thread-safe.</summary>
internal sealed class DirectoryList(PeerNode node, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _gate = new(1);
    private DateTimeOffset _asked;

    /// <summary>By name; empty before the first answer.</summary>
    public IReadOnlyList<PeerView> Peers { get; private set; } = [];

    /// <summary>Whether there has been an answer.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>A sentence on why the list is old or missing; null if it is neither.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Asks the directory, unless somebody just has.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _asked < Fresh)
                return;
            Peers = await node.ListPeersAsync(cancellationToken);
            (IsKnown, Trouble) = (true, null);
            _asked = time.GetUtcNow();
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

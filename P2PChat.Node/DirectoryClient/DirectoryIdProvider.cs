using P2PChat.Protocol.Records;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Fetches the directory's id, which a record must contain. Can fetch it ahead of time, while the rest of a peer
/// starts.
/// </summary>
internal sealed class DirectoryIdProvider(DirectoryHttpClient directory) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposed = new();
    private Task<byte[]>? _prefetched;
    private bool _isRequested;

    /// <summary>Starts the fetch for the first <see cref="GetAsync"/>. Does nothing after that call.</summary>
    public void Prefetch()
    {
        lock (_gate)
        {
            if (!_isRequested)
            {
                _prefetched = FetchAsync(_disposed.Token);
            }
        }
    }

    /// <returns>The directory's id.</returns>
    /// <exception cref="DirectoryException">
    /// The directory cannot be reached, or the server is not a directory.
    /// </exception>
    public Task<byte[]> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _isRequested = true;
            // Used once only: a caller that asks again suspects that the id has changed.
            var prefetched = _prefetched;
            _prefetched = null;
            if (prefetched is not null)
            {
                return prefetched.WaitAsync(cancellationToken);
            }
        }

        return FetchAsync(cancellationToken);
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task<byte[]> FetchAsync(CancellationToken cancellationToken)
    {
        var info = await directory.GetDirectoryAsync(cancellationToken);
        try
        {
            if (Convert.FromHexString(info.DirectoryId) is { Length: SignedRecord.DirectoryIdSize } id)
            {
                return id;
            }
        }
        catch (FormatException)
        {
            // Treated like a wrong length.
        }

        throw DirectoryHttp.NotADirectory();
    }
}

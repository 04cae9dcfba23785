using P2PChat.Protocol.Records;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Which directory it is, which a record must say before it is signed. May be asked ahead, while the rest of a peer starts.</summary>
internal sealed class DirectoryIdProvider(DirectoryHttpClient directory) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private Task<byte[]>? _ahead;
    private bool _asked;

    /// <summary>Asks, for the first <see cref="GetAsync"/>, unless that has come already. Returns before there is an answer.</summary>
    public void Prefetch()
    {
        lock (_gate)
        {
            if (!_asked)
            {
                _ahead = FetchAsync(_ended.Token);
            }
        }
    }

    /// <returns>The directory's id.</returns>
    /// <exception cref="DirectoryException">It cannot be reached, or is none.</exception>
    public Task<byte[]> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _asked = true;
            // For one time only: who asks again has reason to think that it is another.
            var ahead = _ahead;
            _ahead = null;
            if (ahead is not null)
            {
                return ahead.WaitAsync(cancellationToken);
            }
        }

        return FetchAsync(cancellationToken);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
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
            // Told below, as a wrong length is.
        }

        throw DirectoryHttp.NoDirectory(null);
    }
}

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Batches requests that one script can serve together: all of them, or in a cluster those of one shard, because the
/// keys of a script must be in one slot there.
/// </summary>
internal sealed class ShardBatchers<TRequest, TResult>
{
    private readonly RedisConnection _connection;
    private readonly RequestBatcher<TRequest, TResult> _all;
    private readonly RequestBatcher<TRequest, TResult>[] _byShard;

    /// <param name="connection">Says whether Redis is a cluster.</param>
    /// <param name="send">Sends a batch and returns the results in the same order.</param>
    public ShardBatchers(RedisConnection connection, Func<IReadOnlyList<TRequest>, Task<TResult[]>> send)
    {
        _connection = connection;
        _all = CreateBatcher();
        _byShard = [.. Shard.All.Select(_ => CreateBatcher())];

        RequestBatcher<TRequest, TResult> CreateBatcher() => new(send, RedisConnection.IsRefusal);
    }

    public Task<TResult> SendAsync(Shard shard, TRequest request, CancellationToken cancellationToken) =>
        (_connection.IsCluster ? _byShard[shard.Index] : _all).SendAsync(request, cancellationToken);
}

using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// Combines calls that one script can serve together: all of them, or in a cluster those of one shard, for a script's keys
/// must be in one slot there.
/// </summary>
internal sealed class ShardLanes<TCall, TResult>
{
    private readonly RedisConnection _connection;
    private readonly CallCombiner<TCall, TResult> _all;
    private readonly CallCombiner<TCall, TResult>[] _byShard;

    /// <param name="send">Sends some, and gives the answers in their order.</param>
    public ShardLanes(RedisConnection connection, Func<IReadOnlyList<TCall>, Task<TResult[]>> send)
    {
        _connection = connection;
        _all = Lane();
        _byShard = [.. Shard.All.Select(_ => Lane())];

        CallCombiner<TCall, TResult> Lane() => new(send, RedisConnection.IsRefusal);
    }

    public Task<TResult> CallAsync(Shard shard, TCall call, CancellationToken cancellation) =>
        (_connection.IsCluster ? _byShard[shard.Index] : _all).CallAsync(call, cancellation);
}

/// <summary>The keys of a call for several shards, each shard's once.</summary>
/// <param name="keysOf">Which of a shard's keys the script wants.</param>
internal sealed class ShardKeys(Func<Shard, RedisKey[]> keysOf)
{
    private readonly List<RedisKey> _keys = [];
    private readonly int[] _first = new int[Shard.Count];

    /// <summary>Where the shard's keys begin, as Lua counts.</summary>
    public int FirstOf(Shard shard)
    {
        ref var first = ref _first[shard.Index];
        if (first == 0)
        {
            first = _keys.Count + 1;
            _keys.AddRange(keysOf(shard));
        }

        return first;
    }

    public RedisKey[] ToArray() => [.. _keys];
}

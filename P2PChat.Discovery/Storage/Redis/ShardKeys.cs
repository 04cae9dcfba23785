using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>Collects the keys of a script that spans several shards. Each shard's keys are included once.</summary>
/// <param name="keysOf">Selects the keys of a shard that the script needs.</param>
internal sealed class ShardKeys(Func<Shard, RedisKey[]> keysOf)
{
    private readonly List<RedisKey> _keys = [];
    private readonly int[] _first = new int[Shard.Count];

    /// <summary>Position of the shard's first key, counted from 1 as in Lua.</summary>
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

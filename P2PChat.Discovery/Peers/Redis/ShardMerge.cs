namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// Reads the names of all shards as one ordered list. As names are dealt by hash, each shard holds about its share of a
/// page: it is asked for little more, and again where that ran out.
/// </summary>
internal sealed class ShardMerge(Func<Shard, string, int, Task<ShardMerge.Slice>> read)
{
    private const int Spare = 8;

    /// <summary>Some names of a shard, in order.</summary>
    /// <param name="LastLookedAt">Where to go on, which may be a name that was left out.</param>
    internal sealed record Slice(Queue<StoredPeer> Peers, string LastLookedAt, bool HasMore);

    public async Task<PeerPage> ReadAsync(string? after, int limit)
    {
        // One more than asked for tells whether there is another page.
        var wanted = limit + 1;
        var size = wanted / Shard.Count * 5 / 4 + Spare;
        var slices = await Task.WhenAll(
            Shard.All.Select(shard => read(shard, after is null ? "-" : "(" + after, size))
        );

        var peers = new List<StoredPeer>(wanted);
        while (peers.Count < wanted)
        {
            Slice? lowest = null;
            for (var shard = 0; shard < slices.Length; shard++)
            {
                while (slices[shard] is { Peers.Count: 0, HasMore: true } dry)
                {
                    slices[shard] = await read(Shard.All[shard], "(" + dry.LastLookedAt, size);
                }

                if (
                    slices[shard].Peers.TryPeek(out var head)
                    && (lowest is null || string.CompareOrdinal(head.Username, lowest.Peers.Peek().Username) < 0)
                )
                {
                    lowest = slices[shard];
                }
            }

            if (lowest is null)
            {
                return new PeerPage(peers, HasMore: false);
            }

            peers.Add(lowest.Peers.Dequeue());
        }

        peers.RemoveAt(limit);
        return new PeerPage(peers, HasMore: true);
    }
}

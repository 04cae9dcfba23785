namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Merges the names of all shards into one ordered list. Each shard holds about an equal share of a page, so each is
/// asked for slightly more than its share, and again if that runs out.
/// </summary>
internal sealed class ShardMerge(Func<Shard, string, int, Task<ShardMerge.Slice>> read)
{
    private const int Spare = 8;

    /// <summary>A run of names of a shard, in order.</summary>
    /// <param name="LastLookedAt">The name after which to continue. It may have been skipped.</param>
    internal sealed record Slice(Queue<StoredPeer> Peers, string LastLookedAt, bool HasMore);

    public async Task<PeerPage> ReadAsync(string? after, int limit)
    {
        // One more than the limit shows whether there is another page.
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
                while (slices[shard] is { Peers.Count: 0, HasMore: true } empty)
                {
                    slices[shard] = await read(Shard.All[shard], "(" + empty.LastLookedAt, size);
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

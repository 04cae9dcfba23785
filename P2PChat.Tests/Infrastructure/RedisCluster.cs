using System.Globalization;

namespace P2PChat.Tests.Infrastructure;

/// <summary>A Redis Cluster of three processes with a third of the 16,384 slots each, without replicas.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;
    private static readonly TimeSpan AgreesWithin = TimeSpan.FromSeconds(30);

    private readonly RedisServer[] _nodes;

    private RedisCluster(RedisServer[] nodes) => _nodes = nodes;

    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>Connection string with all three nodes.</summary>
    public string ConnectionString =>
        string.Join(',', _nodes.Select(node => $"127.0.0.1:{node.Port}")) + ",abortConnect=false";

    /// <summary>Starts the nodes, and waits until each reports a complete cluster.</summary>
    public static async Task<RedisCluster> StartAsync()
    {
        var nodes = new List<RedisServer>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                nodes.Add(
                    await RedisServer.StartAsync(
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        "2000",
                        "--cluster-announce-ip",
                        "127.0.0.1"
                    )
                );
            }

            await JoinAsync(nodes);
            return new RedisCluster([.. nodes]);
        }
        catch
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static async Task JoinAsync(List<RedisServer> nodes)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            var first = i * Slots / nodes.Count;
            var end = (i + 1) * Slots / nodes.Count;
            var slots = Enumerable
                .Range(first, end - first)
                .Select(slot => slot.ToString(CultureInfo.InvariantCulture));
            await nodes[i].SendAsync(["CLUSTER", "ADDSLOTS", .. slots]);
            // Distinct configuration epochs avoid an initial conflict between the nodes.
            await nodes[i].SendAsync("CLUSTER", "SET-CONFIG-EPOCH", (i + 1).ToString(CultureInfo.InvariantCulture));
        }

        foreach (var other in nodes.Skip(1))
        {
            await nodes[0].SendAsync("CLUSTER", "MEET", "127.0.0.1", other.Port.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var node in nodes)
        {
            await Eventually.True(
                async () => IsWhole(await node.SendAsync("CLUSTER", "INFO")),
                AgreesWithin,
                "the Redis Cluster is whole"
            );
        }
    }

    private static bool IsWhole(string info) =>
        info.Contains("cluster_state:ok", StringComparison.Ordinal)
        && info.Contains($"cluster_slots_ok:{Slots}", StringComparison.Ordinal)
        && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal);
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>Peers that are registered but do not run: their names and lease tokens.</summary>
internal sealed class Population
{
    // Creating keys is expensive, and the directory accepts many names per key.
    private const int Keys = 64;
    private const int Connections = 32;

    private static readonly IPEndPoint Unreachable = new(IPAddress.Loopback, 9);

    private Population(IReadOnlyList<(string Name, string Token)> peers) => Peers = peers;

    public IReadOnlyList<(string Name, string Token)> Peers { get; }

    public static async Task<Population> RegisterAsync(IPEndPoint server, string prefix, int count)
    {
        using var load = await HttpLoad.ConnectAsync(server, Connections);
        var directoryId = await DirectoryIdAsync(server);
        var names = Enumerable
            .Range(0, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}"))
            .ToArray();
        using var keys = new KeyRing(Keys);
        var tokens = new ConcurrentDictionary<string, string>();

        // In chunks, so that each record is sent soon after it is signed.
        foreach (var part in names.Chunk(10_000))
        {
            var requests = keys.RegisterAll(part, directoryId, Unreachable, Connections);
            await load.SendAllAsync(requests, (_, body) =>
                tokens[Requests.Value(body, "username")] = Requests.Value(body, "leaseToken")
            );
        }

        return new Population([.. names.Select(name => (name, tokens[name]))]);
    }

    public static async Task<string> DirectoryIdAsync(IPEndPoint server)
    {
        using var connection = await HttpConnection.ConnectAsync(server);
        _ = await connection.SendAsync(Requests.Get("/directory"));
        return Requests.Value(connection.Body, "directoryId");
    }
}

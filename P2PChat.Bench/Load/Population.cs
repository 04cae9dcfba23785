using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>Registered peers that exist on paper only: names, and the tokens of their leases.</summary>
internal sealed class Population
{
    // Keys are dear, and the directory doesn't mind a key with many names.
    private const int Keys = 64;
    private const int Connections = 32;

    private static readonly IPEndPoint Nowhere = new(IPAddress.Loopback, 9);

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

        // In parts, so that the last signature is not old when it is sent.
        foreach (var part in names.Chunk(10_000))
        {
            var requests = keys.RegisterAll(part, directoryId, Nowhere, Connections);
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

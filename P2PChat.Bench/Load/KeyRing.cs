using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>A set of keys that sign in parallel. A name always has the same key.</summary>
internal sealed class KeyRing(int count) : IDisposable
{
    private readonly BenchKey[] _keys = [.. Enumerable.Range(0, count).Select(_ => new BenchKey())];

    /// <summary>Signs a registration for each name and distributes them; a name stays on one connection.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>[] RegisterAll(
        IReadOnlyList<string> names,
        string directoryId,
        IPEndPoint endpoint,
        int connections
    )
    {
        var requests = new ReadOnlyMemory<byte>[names.Count];
        _ = Parallel.For(0, _keys.Length, k =>
        {
            for (var i = k; i < names.Count; i += _keys.Length)
            {
                requests[i] = Requests.Register(names[i], _keys[k], directoryId, endpoint);
            }
        });
        return RoundRobin.Split(connections, requests);
    }

    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }
}

internal static class RoundRobin
{
    /// <summary>Distributes the items over a number of lists in turn.</summary>
    public static IReadOnlyList<T>[] Split<T>(int lists, IReadOnlyList<T> items) =>
        [.. Enumerable.Range(0, lists).Select(list => (IReadOnlyList<T>)[.. items.Where((_, i) => i % lists == list)])];
}

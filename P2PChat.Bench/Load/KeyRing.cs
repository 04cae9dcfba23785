using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>Some keys, which sign in parallel: a name has always the same one.</summary>
internal sealed class KeyRing(int count) : IDisposable
{
    private readonly BenchKey[] _keys = [.. Enumerable.Range(0, count).Select(_ => new BenchKey())];

    /// <summary>A signed registration for each name, dealt to connections so that each name stays with one.</summary>
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
        return Deal.To(connections, requests);
    }

    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }
}

internal static class Deal
{
    /// <summary>Deals items round, as cards.</summary>
    public static IReadOnlyList<T>[] To<T>(int hands, IReadOnlyList<T> items) =>
        [.. Enumerable.Range(0, hands).Select(hand => (IReadOnlyList<T>)[.. items.Where((_, i) => i % hands == hand)])];
}

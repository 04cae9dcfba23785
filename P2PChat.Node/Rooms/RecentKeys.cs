namespace P2PChat.Node.Rooms;

/// <summary>What calls with idempotency keys have produced. Too many keys displace all earlier ones.</summary>
internal sealed class RecentKeys<T>
{
    private const int Max = 1024;

    private readonly Dictionary<string, T> _results = new(StringComparer.Ordinal);

    /// <param name="result">The default if the key is unknown.</param>
    public bool TryGet(string key, out T? result) => _results.TryGetValue(key, out result);

    public void Remember(string key, T result)
    {
        if (_results.Count >= Max)
        {
            _results.Clear();
        }

        _results[key] = result;
    }
}

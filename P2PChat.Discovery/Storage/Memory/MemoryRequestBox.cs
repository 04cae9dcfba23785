using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>The requests to one name, few enough to be searched. Not thread-safe.</summary>
internal sealed class MemoryRequestBox
{
    private readonly SortedDictionary<string, WaitingRequest> _requests = new(StringComparer.Ordinal);

    public int Count => _requests.Count;

    public WaitingRequest? Find(string sender) => _requests.Values.FirstOrDefault(request => request.Sender == sender);

    public void Put(WaitingRequest request)
    {
        if (Find(request.Sender) is { } earlier)
        {
            _ = _requests.Remove(earlier.Id);
        }

        _requests.Add(request.Id, request);
    }

    public bool Delete(string id) => _requests.Remove(id);

    public IReadOnlyList<StoredEnvelope> ReadAfter(string after, int limit) =>
        [
            .. _requests
                .Values.Where(request => string.CompareOrdinal(request.Id, after) > 0)
                .Take(limit)
                .Select(request => new StoredEnvelope(request.Id, request.Bytes)),
        ];

    /// <summary>Deletes expired requests.</summary>
    public int Expire(DateTimeOffset by, int limit)
    {
        var expired = _requests.Values.Where(request => request.ExpiresAt <= by).Take(limit).ToList();
        return expired.Count(request => Delete(request.Id));
    }
}

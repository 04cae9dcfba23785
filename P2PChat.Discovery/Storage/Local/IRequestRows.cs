namespace P2PChat.Discovery.Storage.Local;

/// <summary>The requests in the box of each name, and how many have been deposited by whom.</summary>
internal interface IRequestRows
{
    long CountIn(string name);

    /// <summary>Finds a sender's request in a box.</summary>
    WaitingRequest? Find(string name, string sender);

    /// <summary>Adds a request, and removes the sender's earlier one.</summary>
    void Put(WaitingRequest request);

    /// <returns>False if it does not exist.</returns>
    bool Delete(string name, string id);

    bool HasAny(string name);

    /// <summary>Reads the requests of a name after an id, oldest first.</summary>
    IReadOnlyList<StoredEnvelope> ReadAfter(string name, string after, int limit);

    /// <summary>Deletes the requests to a name that expired by a time.</summary>
    void Expire(string name, DateTimeOffset by);

    /// <summary>Deletes requests that expired by a time.</summary>
    /// <returns>Number of deleted requests.</returns>
    int Sweep(DateTimeOffset by, int limit);

    /// <summary>Removes all requests to a name.</summary>
    void Remove(string name);

    /// <summary>Returns the count of a sender or address; none if there is no count.</summary>
    RequestCount? FindCount(string owner);

    void SaveCount(string owner, RequestCount count);

    /// <summary>Deletes counts that ended by a time.</summary>
    void SweepCounts(DateTimeOffset by);
}

/// <param name="Sender">The sender's PeerId.</param>
internal sealed record WaitingRequest(
    string Name,
    string Id,
    string Sender,
    ReadOnlyMemory<byte> Bytes,
    DateTimeOffset ExpiresAt
);

/// <param name="Ends">When the day ends in which <paramref name="Number"/> requests were deposited.</param>
internal sealed record RequestCount(long Number, DateTimeOffset Ends);

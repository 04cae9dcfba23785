namespace P2PChat.Discovery.Storage.Local;

/// <summary>The envelopes and capabilities of each name.</summary>
internal interface IMailRows
{
    /// <summary>Number of the newest envelope or request; 0 if there has been none.</summary>
    long Head { get; }

    bool IsGranted(string name, string capabilityHash);

    long CountGranted(string name);

    void Grant(string name, string capabilityHash);

    void Revoke(string name, string capabilityHash);

    /// <summary>Measures the waiting mail, even if the capability has been revoked.</summary>
    MailUsage UsageOf(string name, string capabilityHash);

    /// <summary>Notes the number of a new envelope or request to a name. It becomes <see cref="Head"/>.</summary>
    void Announce(string name, long number);

    /// <summary>Adds an announced envelope.</summary>
    void Add(WaitingEnvelope envelope);

    /// <returns>False if it does not exist.</returns>
    bool Delete(string name, string id);

    bool HasMail(string name);

    /// <summary>
    /// The envelopes of a name after an id, oldest first. Nothing may change while they are read.
    /// </summary>
    IEnumerable<StoredEnvelope> ReadAfter(string name, string after);

    /// <summary>Deletes the envelopes of a name that expired by a time.</summary>
    void Expire(string name, DateTimeOffset by);

    /// <summary>Deletes envelopes that expired by a time.</summary>
    /// <returns>Number of deleted envelopes.</returns>
    int Sweep(DateTimeOffset by, int limit);

    /// <summary>Reads the names with an announcement after a number, with the newest of each, oldest first.</summary>
    IReadOnlyList<(string Name, long Number)> NewestAfter(long after, int limit);

    /// <summary>Removes all envelopes and capabilities of a name.</summary>
    void Remove(string name);
}

/// <param name="Envelopes">Number deposited with the capability.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="MailboxBytes">Size of all envelopes of the name.</param>
internal readonly record struct MailUsage(long Envelopes, long Bytes, long MailboxBytes);

/// <param name="Id">Orders the envelopes of a name.</param>
internal sealed record WaitingEnvelope(
    string Name,
    string Id,
    string CapabilityHash,
    ReadOnlyMemory<byte> Bytes,
    DateTimeOffset ExpiresAt
);

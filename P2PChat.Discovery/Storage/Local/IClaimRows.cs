using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>The claims and their records, expired ones included.</summary>
internal interface IClaimRows
{
    long Count { get; }

    /// <summary>Number of leases.</summary>
    long Leases { get; }

    long CountBy(string claimant);

    Claim? Find(string name);

    SignedRecord? FindRecord(string name);

    /// <summary>The listed claims after a name, in ordinal order. Nothing may change while they are read.</summary>
    IEnumerable<Claim> ListedAfter(string after);

    /// <summary>Reads the leases, or the claims without one, that ended by a time.</summary>
    IReadOnlyList<Claim> Ended(bool online, DateTimeOffset by, int limit);

    /// <summary>Adds a claim, or replaces that of the same name.</summary>
    void Save(Claim claim);

    /// <summary>Replaces a claim whose lease was renewed. The first to be lost if the process is killed.</summary>
    void SaveRenewed(Claim claim);

    /// <summary>Adds or replaces the record of a claim.</summary>
    void SaveRecord(string name, SignedRecord record);

    /// <summary>Removes a claim with its record, if it exists.</summary>
    void Remove(string name);
}

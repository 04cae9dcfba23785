namespace P2PChat.Discovery.Storage.Local;

/// <summary>The files of each name, and the blobs that are or may be in the file store.</summary>
internal interface IFileRows
{
    /// <summary>Total charge of all blobs, also those of removed files.</summary>
    long TotalBytes { get; }

    FileRow? Find(string name, string id);

    /// <summary>The files of a name, in the order of their ids.</summary>
    IReadOnlyList<FileRow> Of(string name);

    /// <summary>Returns the blobs of a name, also those of removed files.</summary>
    /// <param name="capabilityHash">The only capability to count; null for all.</param>
    FileUsage UsageOf(string name, string? capabilityHash);

    /// <summary>Total charge of the blobs for the names of a claimant, also those of removed files.</summary>
    long BytesOf(string claimant);

    /// <summary>Adds a file with its blob.</summary>
    void Add(FileRow file, string claimant, long charge);

    /// <summary>Replaces a file of the same blob.</summary>
    void Update(FileRow file);

    /// <summary>Removes a file. Its blob is then gone.</summary>
    void Remove(string name, string id);

    /// <summary>Removes all files of a name.</summary>
    void Remove(string name);

    /// <summary>Removes files that expired at or before a time.</summary>
    void Sweep(StoreTime time, int limit);

    /// <summary>Reads the blobs of removed files.</summary>
    IReadOnlyList<string> Gone(int limit);

    /// <summary>Removes a blob, if it is gone.</summary>
    void Forget(string blob);

    bool IsKnown(string blob);
}

/// <param name="Blobs">Number of blobs.</param>
/// <param name="Bytes">Their charge.</param>
internal readonly record struct FileUsage(int Blobs, long Bytes);

/// <param name="IsKept">Whether it has been uploaded. Otherwise it is reserved.</param>
/// <param name="ExpiresAt">End of the file, or of the reservation.</param>
internal sealed record FileRow(
    string Name,
    string Id,
    string Blob,
    string CapabilityHash,
    long Size,
    string Digest,
    bool IsKept,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>A reservation ends like a lease, a file like mail.</summary>
    public bool IsOver(StoreTime time) => ExpiresAt <= (IsKept ? time.Lasting : time.Now);
}

namespace P2PChat.Discovery.Storage.Files;

internal enum FileOutcome
{
    Done,

    /// <summary>The file is already stored.</summary>
    Existing,

    /// <summary>The caller does not hold the name's lease.</summary>
    UnknownToken,

    /// <summary>The capability, the mailbox or the name is unknown. The caller is not told which.</summary>
    UnknownCapability,

    /// <summary>The capability or the mailbox has used up its quota.</summary>
    Full,

    /// <summary>The directory holds as many bytes of files as it may.</summary>
    TotalFull,

    /// <summary>Another file has the id.</summary>
    Taken,

    /// <summary>There is no such file, or its reservation has ended.</summary>
    Gone,
}

/// <summary>A file that a sender is about to upload.</summary>
/// <param name="Id">Chosen by the sender; unique per recipient.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Digest">SHA-256 of these bytes, in base64.</param>
internal sealed record FileDeposit(string Id, string CapabilityHash, long Size, string Digest);

/// <param name="Blob">Name of the bytes in the file store, if the outcome is <see cref="FileOutcome.Done"/>.</param>
/// <param name="ExpiresAt">When an existing file expires.</param>
internal readonly record struct ReserveResult(
    FileOutcome Outcome,
    string Blob = "",
    DateTimeOffset ExpiresAt = default
);

internal readonly record struct KeepResult(FileOutcome Outcome, DateTimeOffset ExpiresAt = default);

/// <summary>A file that waits for its owner.</summary>
internal sealed record WaitingFile(string Id, string Blob, long Size, string Digest, DateTimeOffset ExpiresAt);

internal readonly record struct FileListResult(FileOutcome Outcome, IReadOnlyList<WaitingFile> Files);

/// <param name="Gone">Blobs whose bytes must be deleted, then forgotten. They count until then.</param>
/// <param name="TotalBytes">Bytes that are stored or reserved.</param>
internal readonly record struct FileSweepResult(IReadOnlyList<string> Gone, long TotalBytes);

namespace P2PChat.Discovery.Storage.Files;

/// <summary>Whether the directory stores files. In telemetry and <c>GET /directory</c> as snake case words.</summary>
internal enum FileStoreState
{
    /// <summary>No folder is configured.</summary>
    Off,

    /// <summary>The folder has not been checked yet, because the store of the claims is unavailable.</summary>
    Unchecked,

    On,

    /// <summary>The folder is not the one that the other replicas use.</summary>
    NotShared,

    /// <summary>The folder is not the one that has the directory's files, such as the one below a lost mount.</summary>
    MissingFolder,

    /// <summary>The folder belongs to another directory.</summary>
    ForeignFolder,

    /// <summary>The folder cannot be read or written.</summary>
    Unusable,
}

/// <param name="Detail">Explains the state to the operator.</param>
internal sealed record FileStoreStatus(FileStoreState State, string Detail);

/// <summary>
/// Stores the bytes of files, each under the name of a blob. <see cref="IFileLedger"/> knows their owners.
/// </summary>
internal interface IFileStore
{
    FileStoreStatus Status { get; }

    /// <summary>Checks whether files can be stored, and updates <see cref="Status"/>.</summary>
    /// <param name="directoryId">The directory to which the files belong.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    Task CheckAsync(string directoryId, CancellationToken cancellationToken);

    /// <summary>Begins a blob, and claims its space on the disk.</summary>
    /// <exception cref="FileStoreFullException">The disk has too little free space.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    IFileUpload Begin(string blob, long size);

    /// <returns>The blob's bytes; null if it does not exist.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    Stream? Open(string blob);

    /// <summary>Deletes a blob, complete or not, if it exists.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    void Delete(string blob);

    /// <summary>Returns the blobs, complete or not, that have not been written to for some time.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    IEnumerable<string> FindOlderThan(TimeSpan age);
}

/// <summary>A blob that is being written. Unless it was committed, disposing deletes it.</summary>
internal interface IFileUpload : IAsyncDisposable
{
    /// <exception cref="FileStoreFullException">The disk is full.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Makes the blob complete and durable.</summary>
    /// <exception cref="FileNotFoundException">It was deleted meanwhile.</exception>
    /// <inheritdoc cref="WriteAsync"/>
    void Commit();
}

/// <summary>The disk has too little free space.</summary>
internal sealed class FileStoreFullException(Exception? cause = null)
    : IOException("The disk of Directory:Files:Folder has too little free space.", cause);

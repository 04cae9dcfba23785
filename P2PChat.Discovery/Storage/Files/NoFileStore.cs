namespace P2PChat.Discovery.Storage.Files;

/// <summary>Stores nothing, because no folder is configured.</summary>
internal sealed class NoFileStore : IFileStore
{
    public FileStoreStatus Status { get; } =
        new(FileStoreState.Off, "The directory stores no files. Its operator can set Directory:Files:Folder.");

    public Task CheckAsync(string directoryId, CancellationToken cancellationToken) => Task.CompletedTask;

    public IFileUpload Begin(string blob, long size) => throw new IOException(Status.Detail);

    public Stream? Open(string blob) => null;

    public void Delete(string blob) { }

    public IEnumerable<string> FindOlderThan(TimeSpan age) => [];
}

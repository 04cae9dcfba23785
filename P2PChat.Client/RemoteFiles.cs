namespace P2PChat.Client;

/// <summary>The calls about files of a <see cref="RemotePeer"/>.</summary>
public abstract class RemoteFiles
{
    private protected RemoteFiles(HttpClient http) => Api = new ApiCaller(http);

    private protected ApiCaller Api { get; }

    public Task<FilesResponse> ListFilesAsync(CancellationToken cancellationToken = default) =>
        FileCalls.ListAsync(Api, cancellationToken);

    public Task<FileItem> OfferFileAsync(
        string username,
        string path,
        string? mediaType = null,
        CancellationToken cancellationToken = default
    ) => Files(username).OfferAsync(new OfferFileRequest(path, mediaType), cancellationToken);

    public Task<UploadResponse> UploadFileAsync(
        string name,
        Stream content,
        CancellationToken cancellationToken = default
    ) => FileCalls.UploadAsync(Api, name, content, cancellationToken);

    public Task DeleteUploadAsync(Guid id, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Delete, $"/api/uploads/{id}", null, cancellationToken);

    public Task<FileItem> OfferUploadAsync(
        string username,
        Guid upload,
        string? mediaType = null,
        byte[]? preview = null,
        CancellationToken cancellationToken = default
    ) => Files(username).OfferAsync(new OfferFileRequest(null, mediaType, upload, preview), cancellationToken);

    public Task DownloadFileAsync(
        string username,
        Guid id,
        Stream output,
        CancellationToken cancellationToken = default
    ) => Files(username).DownloadAsync(id, output, cancellationToken);

    public Task<FileItem> AcceptFileAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Files(username).ChangeAsync(id, "accept", yours, cancellationToken);

    public Task<FileItem> PauseFileAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Files(username).ChangeAsync(id, "pause", yours, cancellationToken);

    public Task<FileItem> CancelFileAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Files(username).ChangeAsync(id, "cancel", yours, cancellationToken);

    public Task<SavedFileResponse> SaveFileAsync(
        string username,
        Guid id,
        string path,
        CancellationToken cancellationToken = default
    ) => Files(username).SaveAsync(id, path, cancellationToken);

    private FileCalls Files(string username) => new(Api, username);
}

using static P2PChat.Client.ApiRequests;

namespace P2PChat.Client;

/// <summary>The API's calls about files.</summary>
internal sealed class FileCalls(ApiCaller api, string username)
{
    private readonly string _path = $"/api/conversations/{Segment(username)}/files";

    public static Task<FilesResponse> ListAsync(ApiCaller api, CancellationToken cancellationToken) =>
        api.GetAsync("/api/transfers", ApiJson.Default.FilesResponse, cancellationToken);

    public Task<FileItem> OfferAsync(OfferFileRequest file, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Post,
            _path,
            Body(file, ApiJson.Default.OfferFileRequest),
            ApiJson.Default.FileItem,
            cancellationToken
        );

    /// <param name="action"><c>accept</c>, <c>pause</c> or <c>cancel</c>.</param>
    public Task<FileItem> ChangeAsync(Guid id, string action, CancellationToken cancellationToken) =>
        api.CallAsync(HttpMethod.Post, $"{_path}/{id}/{action}", null, ApiJson.Default.FileItem, cancellationToken);

    public Task<SavedFileResponse> SaveAsync(Guid id, string path, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{_path}/{id}/save",
            Body(new SaveFileRequest(path), ApiJson.Default.SaveFileRequest),
            ApiJson.Default.SavedFileResponse,
            cancellationToken
        );
}

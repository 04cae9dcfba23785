using System.Net.Http.Headers;
using System.Net.Mime;
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
            cancellationToken,
            isLong: true
        );

    public static Task<UploadResponse> UploadAsync(
        ApiCaller api,
        string name,
        Stream content,
        CancellationToken cancellationToken
    )
    {
        var body = new StreamContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Octet);
        return api.CallAsync(
            HttpMethod.Post,
            $"/api/uploads?name={Segment(name)}",
            body,
            ApiJson.Default.UploadResponse,
            cancellationToken,
            isLong: true
        );
    }

    public async Task DownloadAsync(Guid id, Stream output, CancellationToken cancellationToken)
    {
        using var response = await api.SendAsync(HttpMethod.Get, $"{_path}/{id}", null, cancellationToken);
        await response.Content.CopyToAsync(output, cancellationToken);
    }

    /// <param name="action"><c>accept</c>, <c>pause</c> or <c>cancel</c>.</param>
    /// <param name="yours">Whether this peer's user has offered it; null for either.</param>
    public Task<FileItem> ChangeAsync(Guid id, string action, bool? yours, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{_path}/{id}/{action}{Side(yours, '?')}",
            null,
            ApiJson.Default.FileItem,
            cancellationToken
        );

    public Task<SavedFileResponse> SaveAsync(Guid id, string path, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{_path}/{id}/save",
            Body(new SaveFileRequest(path), ApiJson.Default.SaveFileRequest),
            ApiJson.Default.SavedFileResponse,
            cancellationToken,
            isLong: true
        );
}

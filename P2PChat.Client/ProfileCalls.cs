using System.Net;
using System.Net.Http.Headers;
using static P2PChat.Client.ApiRequests;

namespace P2PChat.Client;

/// <summary>The calls about display names and pictures.</summary>
internal sealed class ProfileCalls(ApiCaller api)
{
    private const string Path = "/api/profile";
    private const string PicturePath = $"{Path}/picture";

    public Task<ProfileResponse> GetAsync(CancellationToken cancellationToken) =>
        api.GetAsync(Path, ApiJson.Default.ProfileResponse, cancellationToken);

    public Task SetNameAsync(string? displayName, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Put,
            Path,
            Body(new ProfileRequest(displayName), ApiJson.Default.ProfileRequest),
            cancellationToken
        );

    public Task SetPictureAsync(ReadOnlyMemory<byte>? picture, CancellationToken cancellationToken) =>
        picture is { } bytes
            ? api.CallAsync(HttpMethod.Put, PicturePath, Content(bytes), cancellationToken)
            : api.CallAsync(HttpMethod.Delete, PicturePath, null, cancellationToken);

    public async Task<PictureFile?> GetPictureAsync(string? username, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await api.SendAsync(
                HttpMethod.Get,
                username is null ? PicturePath : Contact(username, "picture"),
                null,
                cancellationToken
            );
            return new PictureFile(
                response.Content.Headers.ContentType?.MediaType ?? "",
                await response.Content.ReadAsByteArrayAsync(cancellationToken)
            );
        }
        catch (PeerApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static ReadOnlyMemoryContent Content(ReadOnlyMemory<byte> bytes) =>
        new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
}

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
        api.SetPictureAsync(PicturePath, picture, cancellationToken);

    public Task<PictureFile?> GetPictureAsync(string? username, CancellationToken cancellationToken) =>
        api.GetPictureAsync(username is null ? PicturePath : Contact(username, "picture"), cancellationToken);
}

using System.Net;
using System.Net.Http.Headers;

namespace P2PChat.Client;

/// <summary>Calls that get and set a picture of a person or a room.</summary>
internal static class PictureCalls
{
    /// <param name="picture">Null to remove it.</param>
    public static Task SetPictureAsync(
        this ApiCaller api,
        string path,
        ReadOnlyMemory<byte>? picture,
        CancellationToken cancellationToken
    ) =>
        picture is { } bytes
            ? api.CallAsync(HttpMethod.Put, path, Content(bytes), cancellationToken)
            : api.CallAsync(HttpMethod.Delete, path, null, cancellationToken);

    /// <returns>Null if there is none.</returns>
    public static async Task<PictureFile?> GetPictureAsync(
        this ApiCaller api,
        string path,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var response = await api.SendAsync(HttpMethod.Get, path, null, cancellationToken);
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

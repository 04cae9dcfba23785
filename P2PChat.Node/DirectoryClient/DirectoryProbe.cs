using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Asks a server whether it is a certain directory. Sends it nothing of this peer: no token, no name and no key.
/// </summary>
internal sealed class DirectoryProbe(IHttpClientFactory clients)
{
    /// <summary>Name of the HTTP client.</summary>
    public const string HttpClientName = "directory-probe";

    /// <summary>Configures the HTTP client named <see cref="HttpClientName"/>.</summary>
    public static void Configure(HttpClient client) =>
        (client.Timeout, client.MaxResponseContentBufferSize) = (TimeSpan.FromSeconds(5), 64 * 1024);

    /// <param name="directory">The base address.</param>
    /// <param name="id">The directory's id.</param>
    /// <returns>False also if the server does not answer within 5 s.</returns>
    public async Task<bool> HasIdAsync(Uri directory, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        var root = directory.AbsoluteUri.EndsWith('/') ? directory : new Uri(directory.AbsoluteUri + "/");
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            using var response = await client.GetAsync(new Uri(root, "directory"), cancellationToken);
            return response.IsSuccessStatusCode
                && JsonSerializer.Deserialize(
                    await response.Content.ReadAsByteArrayAsync(cancellationToken),
                    DirectoryJson.Default.DirectoryInfo
                )
                    is { DirectoryId: { } answered }
                && answered.Equals(Convert.ToHexString(id.Span), StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or JsonException
                || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return false;
        }
    }
}

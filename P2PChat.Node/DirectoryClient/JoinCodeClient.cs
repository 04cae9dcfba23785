using System.Net.Http.Headers;
using System.Text.Json;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Client of the directory's join codes. Every failure is a <see cref="DirectoryException"/>. If the lease has ended,
/// waits for a new one and tries again.
/// </summary>
internal sealed class JoinCodeClient(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    private readonly DirectoryHttp _http = new(clients, options);
    private readonly LeasedCalls _calls = new(registration, timeProvider);

    /// <summary>
    /// Lets keys with the code register without the join token. Idempotent: a known code stays as it is.
    /// </summary>
    /// <param name="codeHash">SHA-256 of the code, in base64url.</param>
    /// <param name="uses">How many keys may join with it, 1 to <see cref="JoinCodes.MaxUses"/>.</param>
    /// <param name="expiresAt">
    /// When it expires. The directory shortens more than <see cref="JoinCodes.MaxLifetime"/>.
    /// </param>
    /// <returns>When the code expires, by the directory's clock.</returns>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.JoinCodesOff"/> and <see cref="DirectoryFailure.TooManyInvites"/>.
    /// </exception>
    public async Task<DateTimeOffset> RegisterAsync(
        string codeHash,
        int uses,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new JoinCodeBody(codeHash, uses, expiresAt),
            DirectoryJson.Default.JoinCodeBody
        );
        var response = await _calls.CallAsync(
            token =>
                _http.CallAsync(
                    Request(HttpMethod.Post, "invites", token, body),
                    DirectoryJson.Default.JoinCodeResponse,
                    cancellationToken
                ),
            cancellationToken
        );
        return response.ExpiresAt;
    }

    /// <summary>Ends a code of this peer. An unknown code is not an error.</summary>
    public async Task RevokeAsync(string codeHash, CancellationToken cancellationToken) =>
        await _calls.CallAsync(
            async token =>
            {
                await _http.CallAsync(Request(HttpMethod.Delete, "invites/" + codeHash, token), cancellationToken);
                return true;
            },
            cancellationToken
        );

    private static HttpRequestMessage Request(HttpMethod method, string path, string token, byte[]? body = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Options.Set(ResilienceKeys.Idempotent, true);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        }

        return request;
    }
}

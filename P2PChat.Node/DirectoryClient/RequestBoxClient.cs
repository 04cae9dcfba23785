using System.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Client of the directory's request boxes: this peer's own, and those of peers that are away. Every failure is a
/// <see cref="DirectoryException"/>. If the lease has ended, waits for a new one and tries again.
/// </summary>
internal sealed class RequestBoxClient(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    /// <summary>The size of every request, in bytes.</summary>
    public const int EnvelopeSize = 1024;

    private const int MaxIdsPerCall = 64;

    private readonly DirectoryHttp _http = new(clients, options);
    private readonly LeasedCalls _calls = new(registration, timeProvider);
    private readonly string _own = $"peers/{Username.Parse(options.Username).Value}/requests";

    /// <summary>
    /// Deposits a request, which replaces an earlier one of this peer in that box. The directory learns who asks whom,
    /// because the call carries the lease token. The same bytes again count once.
    /// </summary>
    /// <returns>When the directory discards the request.</returns>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.RequestBoxClosed"/> and <see cref="DirectoryFailure.RequestBoxFull"/>.
    /// </exception>
    public async Task<DateTimeOffset> PutRequestAsync(
        Username recipient,
        byte[] envelope,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentOutOfRangeException.ThrowIfNotEqual(envelope.Length, EnvelopeSize, nameof(envelope));
        var response = await _calls.CallAsync(
            token =>
            {
                var request = Request(HttpMethod.Post, $"peers/{recipient.Value}/requests", token);
                request.Content = new ByteArrayContent(envelope);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                return _http.CallAsync(request, DirectoryJson.Default.DepositResponse, cancellationToken);
            },
            cancellationToken
        );
        return response.ExpiresAt;
    }

    /// <summary>Fetches the requests to this peer, oldest first. They stay until they are deleted.</summary>
    /// <param name="after">The id after which to start, even if deleted; null to start at the oldest.</param>
    public Task<CollectedPage> CollectRequestsAsync(string? after, CancellationToken cancellationToken) =>
        _calls.CallAsync(
            async token =>
            {
                var path = _own + (after is null ? "" : "?after=" + Uri.EscapeDataString(after));
                var page = await _http.CallAsync(
                    Request(HttpMethod.Get, path, token),
                    DirectoryJson.Default.MailboxPage,
                    cancellationToken
                );
                return CollectedPage.Read(page, after);
            },
            cancellationToken
        );

    /// <summary>Deletes requests that this peer has handled. An unknown id is not an error.</summary>
    public async Task DeleteRequestsAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        foreach (var chunk in ids.Chunk(MaxIdsPerCall))
        {
            var path = $"{_own}?ids={string.Join(',', chunk.Select(Uri.EscapeDataString))}";
            await _calls.CallAsync(
                async token =>
                {
                    await _http.CallAsync(Request(HttpMethod.Delete, path, token), cancellationToken);
                    return true;
                },
                cancellationToken
            );
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Options.Set(ResilienceKeys.Idempotent, true);
        return request;
    }
}

using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Client of the directory's mailboxes: this peer's own, and those of other peers to deposit mail. Every failure is a
/// <see cref="DirectoryException"/>. If the lease has ended, waits for a new one and tries again.
/// </summary>
internal sealed class MailboxClient(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    private const int MaxIdsPerCall = 64;

    private readonly DirectoryHttp _http = new(clients, options);
    private readonly LeasedCalls _calls = new(registration, timeProvider);
    private readonly string _own = "peers/" + Username.Parse(options.Username).Value;

    /// <summary>
    /// Deposits an envelope for a peer. The call carries neither this peer's name nor its lease token. A retry may
    /// deposit the envelope twice; the receiver takes it once.
    /// </summary>
    /// <param name="capability">The capability that the recipient has granted to this peer.</param>
    /// <returns>When the directory discards the envelope.</returns>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.CapabilityUnknown"/> and <see cref="DirectoryFailure.MailboxFull"/>.
    /// </exception>
    public async Task<DateTimeOffset> DepositAsync(
        Username recipient,
        ReadOnlyMemory<byte> capability,
        byte[] envelope,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(envelope);
        // A shared trace would let the directory link this call to calls with the lease token.
        Activity.Current = null;
        var request = new HttpRequestMessage(HttpMethod.Post, $"peers/{recipient.Value}/mailbox")
        {
            Content = new ByteArrayContent(envelope),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add(MailboxCapability.Header, Base64Url.EncodeToString(capability.Span));
        request.Options.Set(ResilienceKeys.Idempotent, true);
        try
        {
            return (await _http.CallAsync(request, DirectoryJson.Default.DepositResponse, cancellationToken)).ExpiresAt;
        }
        catch (DirectoryException exception)
            when (exception.Failure == DirectoryFailure.NotAdmitted && string.IsNullOrEmpty(options.JoinToken))
        {
            // For a member the capability stands for the join token, so an unknown one is refused like a missing token.
            throw DirectoryProblem.CapabilityUnknown();
        }
    }

    /// <inheritdoc cref="CollectAsync(string?, int?, CancellationToken)"/>
    public Task<CollectedPage> CollectAsync(string? after, CancellationToken cancellationToken) =>
        CollectAsync(after, limit: null, cancellationToken);

    /// <summary>Fetches the envelopes in this peer's mailbox, oldest first. They stay until they are deleted.</summary>
    /// <param name="after">The id after which to start, even if deleted; null to start at the oldest.</param>
    /// <param name="limit">Limit on envelopes; null for the directory's own.</param>
    public Task<CollectedPage> CollectAsync(string? after, int? limit, CancellationToken cancellationToken) =>
        _calls.CallAsync(
            async token =>
            {
                string?[] query =
                [
                    after is null ? null : "after=" + Uri.EscapeDataString(after),
                    limit is null ? null : $"limit={limit}",
                ];
                var path = "/mailbox?" + string.Join('&', query.Where(part => part is not null));
                var page = await _http.CallAsync(
                    Request(HttpMethod.Get, path, token),
                    DirectoryJson.Default.MailboxPage,
                    cancellationToken
                );
                return CollectedPage.Read(page, after);
            },
            cancellationToken
        );

    /// <summary>Deletes envelopes that this peer has handled. An unknown id is not an error.</summary>
    public async Task DeleteAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        foreach (var chunk in ids.Chunk(MaxIdsPerCall))
        {
            var path = "/mailbox?ids=" + string.Join(',', chunk.Select(Uri.EscapeDataString));
            await ChangeAsync(HttpMethod.Delete, path, cancellationToken);
        }
    }

    /// <summary>Allows holders of a capability to deposit mail. Idempotent.</summary>
    /// <param name="capabilityHash">The result of <see cref="MailboxCapability.HashOf"/>.</param>
    public Task GrantAsync(string capabilityHash, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Put, "/mailbox/capabilities/" + capabilityHash, cancellationToken);

    /// <summary>Revokes a capability. Mail deposited before stays until it is collected.</summary>
    /// <inheritdoc cref="GrantAsync"/>
    public Task RevokeAsync(string capabilityHash, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Delete, "/mailbox/capabilities/" + capabilityHash, cancellationToken);

    private async Task ChangeAsync(HttpMethod method, string path, CancellationToken cancellationToken) =>
        await _calls.CallAsync(
            async token =>
            {
                var request = Request(method, path, token);
                request.Options.Set(ResilienceKeys.Idempotent, true);
                await _http.CallAsync(request, cancellationToken);
                return true;
            },
            cancellationToken
        );

    private HttpRequestMessage Request(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, string.Create(CultureInfo.InvariantCulture, $"{_own}{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }
}

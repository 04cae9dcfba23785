using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>An envelope out of this peer's mailbox. What is in it nobody has looked at yet.</summary>
/// <param name="Id">For deleting it.</param>
internal sealed record CollectedEnvelope(string Id, ReadOnlyMemory<byte> Bytes);

/// <param name="Next">For the next page; null on the last.</param>
internal sealed record CollectedPage(IReadOnlyList<CollectedEnvelope> Envelopes, string? Next);

/// <summary>Why a peer is woken.</summary>
internal enum MailboxSignal
{
    /// <summary>There is mail, or there may be.</summary>
    Mail,
}

/// <summary>
/// The directory's mailboxes from a peer's side: other peers', to leave mail, and its own. Every failure is a
/// <see cref="DirectoryException"/>; a lease that is gone is doubted and waited for once.
/// </summary>
internal sealed partial class MailboxClient(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryRegistration registration,
    TimeProvider clock,
    ILogger<MailboxClient> logger
)
{
    private const int DeletedAtOnce = 64;

    private static readonly TimeSpan WaitForRegistration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly ILogger<MailboxClient> _logger = logger;
    private readonly DirectoryHttp _http = new(clients, options);
    private readonly string _own = "peers/" + Username.Parse(options.Username).Value;

    /// <summary>
    /// Leaves an envelope for a peer. It carries neither this peer's name nor its lease token. Tried again after a failure
    /// on the way, it may come twice, and its receiver takes it once.
    /// </summary>
    /// <param name="capability">What the recipient granted to this peer.</param>
    /// <returns>When the directory gives it up.</returns>
    /// <exception cref="DirectoryException">Among others <see cref="DirectoryFailure.CapabilityUnknown"/> and <see cref="DirectoryFailure.MailboxFull"/>.</exception>
    public async Task<DateTimeOffset> DepositAsync(
        Username recipient,
        ReadOnlyMemory<byte> capability,
        byte[] envelope,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(envelope);
        // A trace that goes on in the directory would join this call to those that bring the lease token.
        Activity.Current = null;
        var request = new HttpRequestMessage(HttpMethod.Post, $"peers/{recipient.Value}/mailbox")
        {
            Content = new ByteArrayContent(envelope),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add(MailboxCapability.Header, Base64Url.EncodeToString(capability.Span));
        request.Options.Set(ResilienceKeys.Idempotent, true);
        return (await _http.CallAsync(request, DirectoryJson.Default.DepositResponse, cancellationToken)).ExpiresAt;
    }

    /// <inheritdoc cref="CollectAsync(string?, int?, CancellationToken)"/>
    public Task<CollectedPage> CollectAsync(string? after, CancellationToken cancellationToken) =>
        CollectAsync(after, limit: null, cancellationToken);

    /// <summary>What waits for this peer, oldest first. It stays until it is deleted.</summary>
    /// <param name="after">The id of the envelope before the first, even if deleted; null to begin.</param>
    /// <param name="limit">Most envelopes; null for as many as the directory gives.</param>
    public Task<CollectedPage> CollectAsync(string? after, int? limit, CancellationToken cancellationToken) =>
        AsOwnerAsync(
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
                try
                {
                    return new CollectedPage(
                        [
                            .. page.Envelopes.Select(envelope => new CollectedEnvelope(
                                envelope.Id,
                                Convert.FromBase64String(envelope.Envelope)
                            )),
                        ],
                        page.Next == after ? null : page.Next
                    );
                }
                catch (FormatException e)
                {
                    throw DirectoryHttp.NoDirectory(e);
                }
            },
            cancellationToken
        );

    /// <summary>Deletes what this peer has taken. An envelope that is not there any more is no failure.</summary>
    public async Task DeleteAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        foreach (var chunk in ids.Chunk(DeletedAtOnce))
        {
            var path = "/mailbox?ids=" + string.Join(',', chunk.Select(Uri.EscapeDataString));
            await ChangeAsync(HttpMethod.Delete, path, cancellationToken);
        }
    }

    /// <summary>Lets whoever has a capability leave mail here. Once more changes nothing.</summary>
    /// <param name="capabilityHash">Of <see cref="MailboxCapability.HashOf"/>.</param>
    public Task GrantAsync(string capabilityHash, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Put, "/mailbox/capabilities/" + capabilityHash, cancellationToken);

    /// <summary>Lets nobody leave mail by that capability any more. What came before stays until it is collected.</summary>
    /// <inheritdoc cref="GrantAsync"/>
    public Task RevokeAsync(string capabilityHash, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Delete, "/mailbox/capabilities/" + capabilityHash, cancellationToken);

    /// <summary>
    /// Wakes its reader when there is mail, until it is cancelled. It opens the stream again whenever it ends; the directory
    /// then tells at once of what waits, so that none is missed.
    /// </summary>
    public async IAsyncEnumerable<MailboxSignal> ListenAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var failures = 0; ; failures++)
        {
            await using var stream = await TryOpenAsync(failures, cancellationToken);
            while (stream is not null && await stream.NextAsync() is { } signal)
            {
                failures = 0;
                yield return signal;
            }

            var pause = FirstPause * Math.Pow(2, Math.Min(failures, 10));
            await Task.Delay(
                (pause < LongestPause ? pause : LongestPause) * (0.5 + Random.Shared.NextDouble() / 2),
                clock,
                cancellationToken
            );
        }
    }

    private async Task<SignalStream?> TryOpenAsync(int failures, CancellationToken cancellationToken)
    {
        try
        {
            return await AsOwnerAsync(
                async token =>
                {
                    using var request = Request(HttpMethod.Get, "/signals", token);
                    var response = await _http.OpenAsync(request, cancellationToken);
                    return new SignalStream(
                        response,
                        await response.Content.ReadAsStreamAsync(cancellationToken),
                        clock,
                        cancellationToken
                    );
                },
                cancellationToken
            );
        }
        catch (DirectoryException e)
        {
            LogNotListening(e.Failure, failures + 1);
            return null;
        }
    }

    private async Task ChangeAsync(HttpMethod method, string path, CancellationToken cancellationToken) =>
        await AsOwnerAsync(
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

    private async Task<T> AsOwnerAsync<T>(Func<string, Task<T>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var token = await registration.WaitForTokenAsync(WaitForRegistration, clock, cancellationToken)
                ?? throw new DirectoryException(
                    DirectoryFailure.Unreachable,
                    registration.Detail ?? "This peer is not registered with its directory yet. Try again in a moment."
                );
            try
            {
                return await call(token);
            }
            catch (DirectoryException e) when (e.Failure == DirectoryFailure.LeaseGone)
            {
                registration.Invalidate(token);
                if (attempt > 0)
                {
                    throw;
                }
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "The directory cannot be listened to ({Failure}), {Failures} times in a row.")]
    private partial void LogNotListening(DirectoryFailure failure, int failures);
}

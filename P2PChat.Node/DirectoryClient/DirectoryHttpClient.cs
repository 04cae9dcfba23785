using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Client of the directory's HTTP API. Every failure is a <see cref="DirectoryException"/>. Answers are not verified
/// here: see <see cref="PeerLookup"/>.
/// </summary>
internal sealed class DirectoryHttpClient(IHttpClientFactory clients, PeerOptions options, DirectoryAccess access)
{
    /// <summary>Name of the HTTP client, and of its resilience pipeline in metrics.</summary>
    public const string HttpClientName = "directory";

    private const int PageSize = 500;
    private const int MaxPages = 200;

    private readonly DirectoryHttp _http = new(clients, options);
    private volatile DirectoryInfo? _latest;

    /// <summary>Configures the HTTP client named <see cref="HttpClientName"/>.</summary>
    public static void Configure(HttpClient client, PeerOptions options)
    {
        client.BaseAddress = new Uri(options.Discovery.EndsWith('/') ? options.Discovery : options.Discovery + "/");
        client.MaxResponseContentBufferSize = 4 * 1024 * 1024;

        // The timeouts of the resilience pipeline end with the headers. This one includes the body.
        client.Timeout = TimeSpan.FromSeconds(20);
        if (!string.IsNullOrEmpty(options.JoinToken))
        {
            client.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, options.JoinToken);
        }
    }

    /// <summary>The directory's last description of itself; null before the first.</summary>
    public DirectoryInfo? Latest => _latest;

    /// <summary>Raised after each description, on any thread.</summary>
    public event Action<DirectoryReach?>? Described;

    public async Task<DirectoryInfo> GetDirectoryAsync(CancellationToken cancellationToken)
    {
        var info = await _http.CallAsync(
            new HttpRequestMessage(HttpMethod.Get, "directory"),
            DirectoryJson.Default.DirectoryInfo,
            cancellationToken
        );
        _latest = info;
        Described?.Invoke(info.Reach);
        return info;
    }

    /// <returns>The lease, and whether the directory did not have the name before.</returns>
    public async Task<(RegistrationResponse Lease, bool IsNew)> RegisterAsync(
        Username name,
        SignedRecord record,
        CancellationToken cancellationToken
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Put, PathOf(name)) { Content = Body(record) };
        var isJoining = access.AddJoinCode(request);
        try
        {
            var (lease, status) = await _http.CallForStatusAsync(
                request,
                DirectoryJson.Default.RegistrationResponse,
                cancellationToken
            );
            return (lease, status == HttpStatusCode.Created);
        }
        catch (DirectoryException exception)
            when (isJoining && exception.Failure is (DirectoryFailure.NameTaken or DirectoryFailure.NotAdmitted))
        {
            throw new DirectoryException(
                exception.Failure,
                exception.Failure == DirectoryFailure.NameTaken
                    ? $"The name {name} is taken in this directory. Choose another name; the invite is still valid."
                    : "The directory does not accept this invite: it may be used up, revoked or expired. "
                        + "Ask for a new one.",
                exception
            );
        }
    }

    public async Task<LeaseResponse> RenewAsync(Username name, string leaseToken, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, PathOf(name) + "/lease");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", leaseToken);
        try
        {
            return await _http.CallAsync(request, DirectoryJson.Default.LeaseResponse, cancellationToken);
        }
        catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.UnknownPeer)
        {
            throw new DirectoryException(DirectoryFailure.LeaseGone, exception.Message, exception);
        }
    }

    public async Task LeaveAsync(Username name, SignedRecord record, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, PathOf(name)) { Content = Body(record) };
        // Sent even while the circuit breaker is open. Otherwise a directory that has just come back would list this
        // peer until its lease expires.
        request.Options.Set(ResilienceKeys.NowOrNever, true);
        await _http.CallAsync(request, cancellationToken);
    }

    /// <param name="leaseToken">This peer's lease token. The directory sends records only to registered peers.</param>
    public Task<PeerDetails> FindAsync(Username name, string? leaseToken, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, PathOf(name));
        if (leaseToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", leaseToken);
        }

        return _http.CallAsync(request, DirectoryJson.Default.PeerDetails, cancellationToken);
    }

    /// <summary>Fetches all pages of the list.</summary>
    public async Task<IReadOnlyList<PeerSummary>> ListAsync(CancellationToken cancellationToken)
    {
        var peers = new List<PeerSummary>();
        string? after = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var path = $"peers?limit={PageSize}" + (after is null ? "" : "&after=" + Uri.EscapeDataString(after));
            var listing = await ListPageAsync(path, cancellationToken);
            peers.AddRange(listing.Peers.Take(PageSize));
            if (listing.Next is null || listing.Next == after)
            {
                break;
            }

            after = listing.Next;
        }

        return peers;
    }

    /// <summary>Opens the stream of events for some names. The caller disposes it.</summary>
    public async Task<HttpResponseMessage> OpenEventsAsync(
        IEnumerable<Username> names,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "peers/events?names=" + string.Join(',', names));
        _ = access.AddLease(request);
        return await _http.OpenAsync(request, cancellationToken);
    }

    private async Task<PeerListing> ListPageAsync(string path, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            var lease = access.AddLease(request);
            try
            {
                return await _http.CallAsync(request, DirectoryJson.Default.PeerListing, cancellationToken);
            }
            catch (DirectoryException exception)
                when (attempt == 0 && exception.Failure is (DirectoryFailure.LeaseGone or DirectoryFailure.NotAdmitted))
            {
                if (!await access.WaitForLeaseAsync(lease, cancellationToken))
                {
                    throw;
                }
            }
        }
    }

    private static string PathOf(Username name) => "peers/" + name.Value;

    // Bytes have a length, and chunks would cost another packet.
    private static ByteArrayContent Body(SignedRecord record) =>
        new(
            JsonSerializer.SerializeToUtf8Bytes(
                new SignedRecordBody(
                    Convert.ToBase64String(record.Record.Span),
                    Convert.ToBase64String(record.Signature.Span),
                    Convert.ToBase64String(record.PublicKey.Span)
                ),
                DirectoryJson.Default.SignedRecordBody
            )
        )
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") },
        };
}

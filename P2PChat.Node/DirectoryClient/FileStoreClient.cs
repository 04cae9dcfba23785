using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Http.Headers;
using P2PChat.Node.Model;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Client of the files that a directory stores for peers that are away: uploads for others, and downloads of this
/// peer's own. Every failure is a <see cref="DirectoryException"/>. See <see cref="SealedFile"/> for the encryption.
/// </summary>
internal sealed class FileStoreClient(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryHttpClient directory,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    /// <summary>Name of the HTTP client, whose calls may last as long as a transfer.</summary>
    public const string HttpClientName = "directory-files";

    /// <summary>Limit for one upload, or until the headers of a download arrive.</summary>
    public static readonly TimeSpan TryTimeout = TimeSpan.FromMinutes(10);

    // For calls without a file: the whole answer, also its body.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan DescriptionAge = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly DirectoryHttp _http = new(clients, options, HttpClientName);
    private readonly LeasedCalls _calls = new(registration, timeProvider);
    private readonly string _own = "peers/" + Username.Parse(options.Username).Value + "/files";

    // Replaced as a whole.
    private Description? _description;

    /// <summary>Configures the HTTP client named <see cref="HttpClientName"/>.</summary>
    public static void Configure(HttpClient client, PeerOptions options)
    {
        DirectoryHttpClient.Configure(client, options);
        // WithinAsync limits each call, and FileDownload the progress of downloads.
        client.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Returns a new random id for an upload.</summary>
    public static string NewId() => FileIds.New();

    /// <summary>Checks whether the directory stores a file of some size.</summary>
    /// <param name="sealedSize">Size in bytes, sealed: <see cref="SealedFile.SizeOf"/>.</param>
    /// <exception cref="DirectoryException">
    /// <see cref="DirectoryFailure.FilesNotStored"/> or <see cref="DirectoryFailure.FileTooLarge"/>: the file must wait
    /// at this peer. The message says why.
    /// </exception>
    public async Task CheckAsync(long sealedSize, CancellationToken cancellationToken)
    {
        // Asked again soon, because the operator may have changed it, but not for each of many files.
        if (_description is not { } known || timeProvider.GetElapsedTime(known.At) > DescriptionAge)
        {
            var answer = await directory.GetDirectoryAsync(cancellationToken);
            _description = known = new Description(answer.Files, timeProvider.GetTimestamp());
        }

        var files = known.Files;
        if (files is not { Enabled: true })
        {
            throw FileProblem.NotStored(
                files?.Reason is null or "off"
                    ? "This directory stores no files."
                    : "This directory cannot store files at the moment."
            );
        }

        if (sealedSize > files.MaxBytes)
        {
            throw FileProblem.TooLarge();
        }
    }

    /// <summary>
    /// Uploads a sealed file for a peer, in one try. The call carries neither this peer's name nor its lease token.
    /// Repeating it with the same id and bytes is harmless.
    /// </summary>
    /// <param name="recipient">The peer.</param>
    /// <param name="capability">The capability that the peer has granted to this one.</param>
    /// <param name="id">The result of <see cref="NewId"/>, which the message to the recipient names.</param>
    /// <param name="bytes">The sealed file from its beginning, seekable.</param>
    /// <param name="info">The result of sealing it.</param>
    /// <param name="progress">Is told how many bytes have been sent; fewer again after a retry.</param>
    /// <param name="cancellationToken">
    /// Cancels the upload. If all bytes have been sent, the directory may keep the file: <see cref="WithdrawAsync"/>.
    /// </param>
    /// <returns>When the directory deletes the file.</returns>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.FilesNotStored"/>, <see cref="DirectoryFailure.MailboxFull"/>,
    /// <see cref="DirectoryFailure.FileStoreFull"/> and <see cref="DirectoryFailure.CapabilityUnknown"/>.
    /// </exception>
    public async Task<DateTimeOffset> UploadAsync(
        Username recipient,
        ReadOnlyMemory<byte> capability,
        string id,
        Stream bytes,
        SealedFileInfo info,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(bytes);
        // A shared trace would let the directory link this call to calls with the lease token.
        Activity.Current = null;
        await CheckAsync(info.Size, cancellationToken);
        try
        {
            var request = UploadOf(recipient, capability, id, new UploadContent(bytes, info.Size, progress));
            request.Headers.Add(ContentDigest.Header, ContentDigest.Write(Convert.ToBase64String(info.Digest.Span)));
            var stored = await WithinAsync(
                TryTimeout,
                token => _http.CallAsync(request, DirectoryJson.Default.DepositResponse, token),
                cancellationToken,
                FileProblem.TooSlow
            );
            return stored.ExpiresAt;
        }
        catch (DirectoryException exception) when (IsUnknownCapability(exception))
        {
            throw DirectoryProblem.CapabilityUnknown();
        }
        catch (DirectoryException exception) when (exception.IsUnknownCall)
        {
            // Another replica answered than before, and it is older.
            throw FileProblem.NotStored("This directory stores no files.", exception);
        }
    }

    /// <summary>Lists the files that wait for this peer.</summary>
    /// <returns>The files; none if the directory is too old to have any.</returns>
    public async Task<IReadOnlyList<WaitingFileEntry>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _calls.CallAsync(
                async token =>
                    (
                        await WithinAsync(
                            AnswerTimeout,
                            limited =>
                                _http.CallAsync(
                                    WithoutRetries(Request(HttpMethod.Get, "", token)),
                                    DirectoryJson.Default.FileListing,
                                    limited
                                ),
                            cancellationToken
                        )
                    ).Files,
                cancellationToken
            );
        }
        catch (DirectoryException exception) when (exception.IsUnknownCall)
        {
            return [];
        }
    }

    /// <summary>
    /// Downloads a file of this peer. A stream that already has the beginning of the file, from an earlier call, is
    /// continued.
    /// </summary>
    /// <param name="id">The file's id.</param>
    /// <param name="output">Receives the sealed file. Readable and seekable.</param>
    /// <param name="info">Size and digest, as the message says; the directory may lie.</param>
    /// <param name="progress">Is told how many bytes are there.</param>
    /// <param name="cancellationToken">Cancels the download, which may be continued.</param>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.UnknownFile"/>; and <see cref="DirectoryFailure.FileDamaged"/>, after
    /// which the output is empty. After <see cref="DirectoryFailure.Unreachable"/> it may be continued.
    /// </exception>
    public async Task DownloadAsync(
        string id,
        Stream output,
        SealedFileInfo info,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(output);
        var download = new FileDownload(output, info, progress, timeProvider);
        for (var attempt = 1; await download.PrepareAsync(cancellationToken); attempt++)
        {
            var before = output.Length;
            try
            {
                using var response = await OpenAsync(id, before, cancellationToken);
                await download.ReadAsync(response, cancellationToken);
            }
            catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.FileDamaged)
            {
                output.SetLength(0);
                throw;
            }
            catch (DirectoryException exception)
                when (IsBrief(exception) && output.Length > before && attempt < FileDownload.MaxAttempts)
            {
                // The connection broke in the middle. The next attempt continues there.
                await Task.Delay(Pause, timeProvider, cancellationToken);
            }
        }
    }

    /// <summary>Deletes a file that this peer has downloaded. An unknown id is not an error.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        await _calls.CallAsync(
            async token =>
            {
                var request = Request(HttpMethod.Delete, "/" + FileIds.Checked(id), token);
                return await DeleteAsync(request, cancellationToken);
            },
            cancellationToken
        );

    /// <summary>
    /// Withdraws a file that this peer has uploaded for another, or is uploading. One that the other has deleted
    /// already is not an error.
    /// </summary>
    /// <inheritdoc cref="UploadAsync"/>
    public async Task WithdrawAsync(
        Username recipient,
        ReadOnlyMemory<byte> capability,
        string id,
        CancellationToken cancellationToken
    )
    {
        Activity.Current = null;
        var request = new HttpRequestMessage(HttpMethod.Delete, $"peers/{recipient.Value}/files/{FileIds.Checked(id)}");
        request.Headers.Add(MailboxCapability.Header, Base64Url.EncodeToString(capability.Span));
        try
        {
            _ = await DeleteAsync(request, cancellationToken);
        }
        catch (DirectoryException exception) when (IsUnknownCapability(exception))
        {
            // It cannot withdraw anything any more.
        }
    }

    private Task<bool> DeleteAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        WithinAsync(
            AnswerTimeout,
            async limited =>
            {
                await _http.CallAsync(WithoutRetries(request), limited);
                return true;
            },
            cancellationToken
        );

    // The resilience pipeline ends at the headers of an answer.
    private async Task<T> WithinAsync<T>(
        TimeSpan limit,
        Func<CancellationToken, Task<T>> call,
        CancellationToken cancellationToken,
        Func<Exception, DirectoryException>? problem = null
    )
    {
        using var late = new CancellationTokenSource(limit, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException exception)
            when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw (problem ?? FileProblem.Late)(exception);
        }
    }

    private Task<HttpResponseMessage> OpenAsync(string id, long offset, CancellationToken cancellationToken) =>
        _calls.CallAsync(
            async token =>
            {
                using var request = WithoutRetries(Request(HttpMethod.Get, "/" + FileIds.Checked(id), token));
                if (offset > 0)
                {
                    request.Headers.Range = new RangeHeaderValue(offset, null);
                }

                try
                {
                    // With the body of a failure, but not with that of the file.
                    return await WithinAsync(
                        AnswerTimeout,
                        limited => _http.OpenAsync(request, limited),
                        cancellationToken
                    );
                }
                catch (DirectoryException exception) when (exception.IsUnknownCall)
                {
                    throw FileProblem.Unknown(exception);
                }
            },
            cancellationToken
        );

    private static HttpRequestMessage UploadOf(
        Username recipient,
        ReadOnlyMemory<byte> capability,
        string id,
        UploadContent content
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"peers/{recipient.Value}/files/{FileIds.Checked(id)}")
        {
            Content = content,
        };
        request.Headers.Add(MailboxCapability.Header, Base64Url.EncodeToString(capability.Span));
        // A refusal comes before the body is sent.
        request.Headers.ExpectContinue = true;
        return WithoutRetries(request);
    }

    // The pipeline would wait for the minutes of a Retry-After. The caller must know, and tell the user.
    private static HttpRequestMessage WithoutRetries(HttpRequestMessage request)
    {
        request.Options.Set(ResilienceKeys.Idempotent, false);
        return request;
    }

    // For a member the capability stands for the join token, so an unknown one is refused like a missing token.
    private bool IsUnknownCapability(DirectoryException exception) =>
        exception.Failure == DirectoryFailure.NotAdmitted && string.IsNullOrEmpty(options.JoinToken);

    private static bool IsBrief(DirectoryException exception) =>
        exception is { Failure: DirectoryFailure.Unreachable, RetryAfter: null };

    private HttpRequestMessage Request(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, _own + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    /// <summary>What the directory said about its files.</summary>
    private sealed record Description(DirectoryFiles? Files, long At);
}

using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Http;

namespace P2PChat.Discovery.Files;

/// <summary>
/// <c>GET /peers/{username}/files</c>, and <c>GET</c> and <c>DELETE /peers/{username}/files/{id}</c>: the owner lists,
/// downloads and deletes its files, and a sender withdraws its own. A download deletes nothing.
/// </summary>
internal sealed partial class ReadFiles(
    IFileLedger ledger,
    IFileStore store,
    BlobCleanup cleanup,
    RunningUploads running,
    TransferSlots slots,
    FileStoreMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<ReadFiles> logger
)
{
    private readonly FileStoreOptions _options = options.Value.Files;

    public async Task<IResult> ListAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.list-files");
        var files = await ReadAsync(context, username, id: null);
        return new BufferedJsonResult<FileListing>(
            new([.. files.Select(file => new WaitingFileEntry(file.Id, file.Size, file.Digest, file.ExpiresAt))]),
            DirectoryJson.Default.FileListing
        );
    }

    public async Task<IResult> DownloadAsync(HttpContext context, string username, string id)
    {
        using var span = Telemetry.Source.StartActivity("directory.download");
        try
        {
            UploadHead.CheckId(id);
            var file = (await ReadAsync(context, username, id)) is [var found]
                ? found
                : throw new ProblemException(FileProblems.UnknownFile());
            // After the token was checked, so that others cannot use up the slots of a name.
            using var slot = slots.TakeDownload(ClientAddress.Of(context), username);
            await using var bytes = await OpenAsync(context, username, file);
            await SendAsync(context, file, bytes);
            metrics.Downloaded(OutcomeOf(context));
            return TypedResults.Empty;
        }
        catch (Exception exception)
        {
            metrics.Downloaded(
                exception switch
                {
                    ProblemException refused => refused.Outcome,
                    OperationCanceledException => "aborted",
                    _ => "failed",
                }
            );
            throw;
        }
    }

    public async Task<IResult> DeleteAsync(HttpContext context, string username, string id)
    {
        using var span = Telemetry.Source.StartActivity("directory.delete-file");
        UploadHead.CheckId(id);
        if (context.Request.Headers.ContainsKey(MailboxCapability.Header))
        {
            // Its sender withdraws it. The answer does not reveal whether it was still there.
            var (recipient, capability) = UploadHead.CapabilityOf(context, username);
            await ledger.WithdrawAsync(recipient, capability, id, context.RequestAborted);
            await running.EndAsync(recipient, capability, id);
            return TypedResults.NoContent();
        }

        var (name, tokenHash) = OwnerOf(context, username);
        return await ledger.DeleteAsync(name, tokenHash, id, context.RequestAborted) == FileOutcome.Done
            ? TypedResults.NoContent()
            : throw new ProblemException(Problems.LeaseTokenUnknown());
    }

    private async Task<IReadOnlyList<WaitingFile>> ReadAsync(HttpContext context, string username, string? id)
    {
        var (name, tokenHash) = OwnerOf(context, username);
        var result = await ledger.ReadAsync(name, tokenHash, id, context.RequestAborted);
        return result.Outcome == FileOutcome.Done
            ? result.Files
            : throw new ProblemException(Problems.LeaseTokenUnknown());
    }

    private async Task<Stream> OpenAsync(HttpContext context, string username, WaitingFile file)
    {
        if (store.Status.State == FileStoreState.Unusable)
        {
            // It might hang.
            throw new ProblemException(FileProblems.StoreFailed(options.Value.StoreRetryAfter));
        }

        Stream? bytes;
        try
        {
            bytes = store.Open(file.Blob);
        }
        catch (IOException exception)
        {
            LogUnreadable(exception.Message);
            throw new ProblemException(FileProblems.StoreFailed(options.Value.StoreRetryAfter));
        }

        if (bytes?.Length == file.Size)
        {
            return bytes;
        }

        bytes?.Dispose();
        // While the folder is not the right one, the file may still be in the right one.
        if (store.Status.State is not FileStoreState.On and var state)
        {
            throw new ProblemException(FileProblems.Off(Telemetry.Word(state)));
        }

        LogMissing();
        // A new file may be invisible for a moment on a network file system. An older one is lost.
        if (file.ExpiresAt - _options.Kept <= timeProvider.GetUtcNow() - _options.OrphanAge)
        {
            await cleanup.DiscardAsync(OwnerOf(context, username).Name, file.Id, file.Blob);
        }

        throw new ProblemException(FileProblems.UnknownFile());
    }

    // Ranges and conditions (RFC 9110) are the framework's.
    private async Task SendAsync(HttpContext context, WaitingFile file, Stream bytes)
    {
        RangeRequests.IgnoreOtherUnits(context);
        var headers = context.Response.Headers;
        headers[ContentDigest.ReprHeader] = ContentDigest.Write(file.Digest);
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentDisposition = "attachment";
        using var timeout = new CancellationTokenSource(_options.TransferTimeout, timeProvider);
        // A reader that takes too long is disconnected, and may continue with a range.
        await using var abort = timeout.Token.Register(context.Abort);
        await TypedResults
            .Stream(
                bytes,
                UploadHead.ContentType,
                entityTag: new EntityTagHeaderValue($"\"{file.Blob}\""),
                enableRangeProcessing: true
            )
            .ExecuteAsync(context);
    }

    // The framework neither throws when the reader hangs up, nor when it refuses a range.
    private static string OutcomeOf(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested
            ? "aborted"
            : context.Response.StatusCode switch
            {
                StatusCodes.Status200OK or StatusCodes.Status206PartialContent => "sent",
                StatusCodes.Status304NotModified => "not_modified",
                _ => "refused",
            };

    private static (Username Name, string TokenHash) OwnerOf(HttpContext context, string username)
    {
        if (!Username.TryParse(username, out var name))
        {
            throw new ProblemException(Problems.InvalidUsername());
        }

        return BearerToken.Read(context.Request) is { } token && token.Username == name
            ? (name, token.Hash)
            : throw new ProblemException(Problems.LeaseTokenUnknown());
    }

    [LoggerMessage(LogLevel.Error, "A stored file could not be read. {Cause}")]
    private partial void LogUnreadable(string cause);

    [LoggerMessage(LogLevel.Warning, "A stored file is missing or damaged in the folder. The owner received 404.")]
    private partial void LogMissing();
}

using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Files;

/// <summary>
/// <c>PUT /peers/{username}/files/{id}</c>: stores a sealed file for a peer. As for mail, only the capability is
/// required, so that the directory does not learn who the sender is.
/// </summary>
internal sealed partial class UploadFile(
    IFileLedger ledger,
    IFileStore store,
    BlobCleanup cleanup,
    RunningUploads running,
    TransferSlots slots,
    FileStoreMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<UploadFile> logger
)
{
    private const int BufferSize = 64 * 1024;

    private readonly FileStoreOptions _options = options.Value.Files;

    public async Task<IResult> HandleAsync(HttpContext context, string username, string id)
    {
        using var span = Telemetry.Source.StartActivity("directory.upload");
        try
        {
            var head = UploadHead.Read(context, username, id, _options.FileBytes);
            if (store.Status.State is not FileStoreState.On and var state)
            {
                throw new ProblemException(FileProblems.Off(Telemetry.Word(state)));
            }

            using var upload = await running.BeginAsync(head.Recipient, head.File.CapabilityHash, head.File.Id);
            using var slot = slots.TakeUpload(ClientAddress.Of(context), head.File.CapabilityHash);
            return new BufferedJsonResult<DepositResponse>(
                new(await UploadAsync(context, head, upload.Replaced)),
                DirectoryJson.Default.DepositResponse,
                StatusCodes.Status201Created
            );
        }
        catch (Exception exception)
        {
            metrics.UploadRefused(
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

    private async Task<DateTimeOffset> UploadAsync(HttpContext context, UploadHead head, CancellationToken replaced)
    {
        var (recipient, file) = (head.Recipient, head.File);
        // Before the body is read, so that it costs neither the network nor the disk if there is no room.
        var reserved = await ledger.ReserveAsync(recipient, file, context.RequestAborted);
        if (reserved.Outcome == FileOutcome.Existing && IsLost(reserved.Blob, file.Size))
        {
            LogLost();
            await cleanup.DiscardAsync(recipient, file.Id, reserved.Blob);
            reserved = await ledger.ReserveAsync(recipient, file, context.RequestAborted);
        }

        if (reserved.Outcome == FileOutcome.Existing)
        {
            return reserved.ExpiresAt;
        }

        Refuse(reserved.Outcome);
        try
        {
            await StoreAsync(context, file, reserved.Blob, replaced);
        }
        catch
        {
            await CancelAsync(head, reserved.Blob);
            throw;
        }

        return await KeepAsync(head, reserved.Blob);
    }

    private async Task<DateTimeOffset> KeepAsync(UploadHead head, string blob)
    {
        // The bytes are there, so this is completed even if the sender hangs up. If the store fails, the file may be
        // kept nevertheless, so its bytes stay; otherwise its reservation ends by itself.
        var kept = await ledger.KeepAsync(head.Recipient, head.File.Id, blob, CancellationToken.None);
        if (kept.Outcome == FileOutcome.Done)
        {
            metrics.Uploaded(head.File.Size);
            return kept.ExpiresAt;
        }

        await cleanup.ReleaseAsync(blob);
        Refuse(kept.Outcome);
        throw new ProblemException(FileProblems.UploadReplaced());
    }

    private bool IsLost(string blob, long size)
    {
        try
        {
            return !cleanup.IsWhole(blob, size) && store.Status.State == FileStoreState.On;
        }
        catch (IOException exception)
        {
            LogFailed(exception.Message);
            throw new ProblemException(FileProblems.StoreFailed(options.Value.StoreRetryAfter));
        }
    }

    private async Task StoreAsync(HttpContext context, FileDeposit file, string blob, CancellationToken replaced)
    {
        using var timeout = new CancellationTokenSource(_options.TransferTimeout, timeProvider);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            replaced,
            context.RequestAborted
        );
        try
        {
            await using var upload = store.Begin(blob, file.Size);
            await CopyAsync(context.Request.Body, upload, file, cancellation.Token);
            upload.Commit();
        }
        catch (OperationCanceledException)
            when (timeout.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(FileProblems.TooSlow(_options.TransferTimeout));
        }
        catch (OperationCanceledException)
            when (replaced.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(FileProblems.UploadReplaced());
        }
        catch (FileStoreFullException)
        {
            throw new ProblemException(FileProblems.StoreFull(_options.FullRetryAfter));
        }
        catch (FileNotFoundException)
        {
            // Its reservation has ended, and a sweep has already deleted the file.
            throw new ProblemException(FileProblems.UploadReplaced());
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            LogFailed(exception.Message);
            throw new ProblemException(FileProblems.StoreFailed(options.Value.StoreRetryAfter));
        }
    }

    private static async Task CopyAsync(
        Stream body,
        IFileUpload upload,
        FileDeposit file,
        CancellationToken cancellationToken
    )
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (var left = file.Size; left > 0; )
            {
                var wanted = (int)Math.Min(left, BufferSize);
                var read = await ReadAsync(body, buffer.AsMemory(0, wanted), cancellationToken);
                if (read == 0)
                {
                    throw new ProblemException(Problems.Malformed("The body is shorter than Content-Length."));
                }

                hash.AppendData(buffer, 0, read);
                await upload.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (Convert.ToBase64String(hash.GetHashAndReset()) != file.Digest)
        {
            throw new ProblemException(FileProblems.DigestMismatch());
        }
    }

    // Failures of the connection and of the disk are both I/O errors.
    private static async Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new OperationCanceledException("The connection broke during the upload.", exception);
        }
    }

    private void Refuse(FileOutcome outcome)
    {
        switch (outcome)
        {
            case FileOutcome.UnknownCapability:
                throw new ProblemException(Problems.CapabilityUnknown());
            case FileOutcome.Full:
                throw new ProblemException(FileProblems.MailboxFull(_options.FullRetryAfter));
            case FileOutcome.TotalFull:
                throw new ProblemException(FileProblems.StoreFull(_options.FullRetryAfter));
            case FileOutcome.Taken:
                throw new ProblemException(FileProblems.Taken());
        }
    }

    private async Task CancelAsync(UploadHead head, string blob)
    {
        try
        {
            await ledger.CancelAsync(head.Recipient, head.File.Id, blob, CancellationToken.None);
            await cleanup.ReleaseAsync(blob);
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth. The reservation ends by itself.
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "A stored file is missing or damaged in the folder, and cannot be fetched until its sender uploads it again."
    )]
    private partial void LogLost();

    [LoggerMessage(LogLevel.Error, "A file could not be stored. {Cause}")]
    private partial void LogFailed(string cause);
}

using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Accounts for the files of a single replica without Redis. They end with their claims.</summary>
internal sealed class LocalFileLedger(ILocalData data, IOptions<DirectoryOptions> options) : IFileLedger
{
    private const int SweepBatch = 200;
    private const int BlobSize = 16;

    private readonly FileStoreOptions _options = options.Value.Files;
    private readonly long _inTotal = options.Value.FilesInTotal;
    private readonly LiveClaims _claims = new(options.Value, data.Claims);

    public string SystemName => data.SystemName;

    public Task<ReserveResult> ReserveAsync(
        Username recipient,
        FileDeposit file,
        CancellationToken cancellationToken
    ) => RunAsync(time => Reserve(recipient.Value, file, time));

    public Task<KeepResult> KeepAsync(
        Username recipient,
        string id,
        string blob,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            if (FindReserved(recipient.Value, id, blob) is not { } row || row.IsOver(time))
            {
                return new KeepResult(FileOutcome.Gone);
            }

            if (!data.Mail.IsGranted(recipient.Value, row.CapabilityHash))
            {
                data.Files.Remove(recipient.Value, id);
                return new KeepResult(FileOutcome.UnknownCapability);
            }

            var expiresAt = time.Now + _options.Kept;
            data.Files.Update(row with { IsKept = true, ExpiresAt = expiresAt });
            return new KeepResult(FileOutcome.Done, data.ToWallTime(expiresAt));
        });

    public Task CancelAsync(Username recipient, string id, string blob, CancellationToken cancellationToken) =>
        RunAsync(_ =>
        {
            if (FindReserved(recipient.Value, id, blob) is not null)
            {
                data.Files.Remove(recipient.Value, id);
            }

            return true;
        });

    public Task DiscardAsync(Username recipient, string id, string blob, CancellationToken cancellationToken) =>
        RunAsync(_ =>
        {
            if (data.Files.Find(recipient.Value, id)?.Blob == blob)
            {
                data.Files.Remove(recipient.Value, id);
            }

            return true;
        });

    public Task<FileListResult> ReadAsync(
        Username owner,
        string tokenHash,
        string? id,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
            IsHeld(owner, tokenHash, time)
                ? new FileListResult(
                    FileOutcome.Done,
                    [
                        .. data
                            .Files.Of(owner.Value)
                            .Where(row => row.IsKept && !row.IsOver(time) && (id is null || row.Id == id))
                            .Select(row => new WaitingFile(
                                row.Id,
                                row.Blob,
                                row.Size,
                                row.Digest,
                                data.ToWallTime(row.ExpiresAt)
                            )),
                    ]
                )
                : new FileListResult(FileOutcome.UnknownToken, [])
        );

    public Task<FileOutcome> DeleteAsync(
        Username owner,
        string tokenHash,
        string id,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            if (!IsHeld(owner, tokenHash, time))
            {
                return FileOutcome.UnknownToken;
            }

            if (data.Files.Find(owner.Value, id) is { IsKept: true })
            {
                data.Files.Remove(owner.Value, id);
            }

            return FileOutcome.Done;
        });

    public Task WithdrawAsync(
        Username recipient,
        string capabilityHash,
        string id,
        CancellationToken cancellationToken
    ) =>
        RunAsync(_ =>
        {
            if (data.Files.Find(recipient.Value, id)?.CapabilityHash == capabilityHash)
            {
                data.Files.Remove(recipient.Value, id);
            }

            return true;
        });

    public Task<FileSweepResult> SweepAsync(CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            data.Files.Sweep(time, SweepBatch);
            return new FileSweepResult(data.Files.Gone(SweepBatch), data.Files.TotalBytes);
        });

    public Task ForgetAsync(IReadOnlyList<string> blobs, CancellationToken cancellationToken) =>
        RunAsync(_ =>
        {
            foreach (var blob in blobs)
            {
                data.Files.Forget(blob);
            }

            return true;
        });

    public Task<IReadOnlyList<string>> FindUnknownAsync(
        IReadOnlyList<string> blobs,
        CancellationToken cancellationToken
    ) => RunAsync<IReadOnlyList<string>>(_ => [.. blobs.Where(blob => !data.Files.IsKnown(blob))]);

    // The sum is that of the blobs themselves.
    public Task ReconcileAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private ReserveResult Reserve(string name, FileDeposit file, StoreTime time)
    {
        if (_claims.Find(name, time) is not { } claim || !data.Mail.IsGranted(name, file.CapabilityHash))
        {
            return new ReserveResult(FileOutcome.UnknownCapability);
        }

        if (data.Files.Find(name, file.Id) is { } known && !known.IsOver(time))
        {
            if (known.CapabilityHash != file.CapabilityHash)
            {
                return new ReserveResult(FileOutcome.Taken);
            }

            if (known.IsKept)
            {
                return known.Digest == file.Digest && known.Size == file.Size
                    ? new ReserveResult(FileOutcome.Existing, known.Blob, data.ToWallTime(known.ExpiresAt))
                    : new ReserveResult(FileOutcome.Taken);
            }
        }

        var charge = FileCharge.Of(file.Size);
        if (
            IsFull(
                data.Files.UsageOf(name, file.CapabilityHash),
                charge,
                _options.CapabilityFiles,
                _options.CapabilityBytes
            ) || IsFull(data.Files.UsageOf(name, null), charge, _options.MailboxFiles, _options.MailboxBytes)
        )
        {
            return new ReserveResult(FileOutcome.Full);
        }

        if (!FileCharge.HasRoom(data.Files.TotalBytes, data.Files.BytesOf(claim.Claimant), charge, _inTotal))
        {
            return new ReserveResult(FileOutcome.TotalFull);
        }

        // Also a file that has expired, or an upload that is replaced: its blob counts until its bytes are deleted.
        data.Files.Remove(name, file.Id);
        var blob = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(BlobSize));
        data.Files.Add(
            new FileRow(
                name,
                file.Id,
                blob,
                file.CapabilityHash,
                file.Size,
                file.Digest,
                IsKept: false,
                time.Now + _options.TransferTimeout
            ),
            claim.Claimant,
            charge
        );
        return new ReserveResult(FileOutcome.Done, blob);
    }

    private static bool IsFull(FileUsage usage, long charge, int mostFiles, long mostBytes) =>
        usage.Blobs >= mostFiles || usage.Bytes + charge > mostBytes;

    private FileRow? FindReserved(string name, string id, string blob) =>
        data.Files.Find(name, id) is { IsKept: false } row && row.Blob == blob ? row : null;

    private bool IsHeld(Username owner, string tokenHash, StoreTime time) =>
        _claims.Find(owner.Value, time) is { } claim && claim.IsHeldBy(tokenHash, time.Now);

    private Task<T> RunAsync<T>(Func<StoreTime, T> action) => Task.FromResult(data.Run(action));
}

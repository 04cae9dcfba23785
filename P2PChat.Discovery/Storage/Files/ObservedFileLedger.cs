using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Files;

/// <summary>Decorates a ledger: observes each call with <see cref="StoreObserver"/>.</summary>
internal sealed class ObservedFileLedger(IFileLedger ledger, StoreObserver observer) : IFileLedger
{
    public string SystemName => ledger.SystemName;

    public Task<ReserveResult> ReserveAsync(
        Username recipient,
        FileDeposit file,
        CancellationToken cancellationToken
    ) => ObserveAsync("file_reserve", () => ledger.ReserveAsync(recipient, file, cancellationToken));

    public Task<KeepResult> KeepAsync(
        Username recipient,
        string id,
        string blob,
        CancellationToken cancellationToken
    ) => ObserveAsync("file_keep", () => ledger.KeepAsync(recipient, id, blob, cancellationToken));

    public Task CancelAsync(Username recipient, string id, string blob, CancellationToken cancellationToken) =>
        ObserveAsync("file_cancel", () => ledger.CancelAsync(recipient, id, blob, cancellationToken));

    public Task DiscardAsync(Username recipient, string id, string blob, CancellationToken cancellationToken) =>
        ObserveAsync("file_discard", () => ledger.DiscardAsync(recipient, id, blob, cancellationToken));

    public Task<FileListResult> ReadAsync(
        Username owner,
        string tokenHash,
        string? id,
        CancellationToken cancellationToken
    ) => ObserveAsync("file_read", () => ledger.ReadAsync(owner, tokenHash, id, cancellationToken));

    public Task<FileOutcome> DeleteAsync(
        Username owner,
        string tokenHash,
        string id,
        CancellationToken cancellationToken
    ) => ObserveAsync("file_delete", () => ledger.DeleteAsync(owner, tokenHash, id, cancellationToken));

    public Task WithdrawAsync(
        Username recipient,
        string capabilityHash,
        string id,
        CancellationToken cancellationToken
    ) => ObserveAsync("file_withdraw", () => ledger.WithdrawAsync(recipient, capabilityHash, id, cancellationToken));

    public Task<FileSweepResult> SweepAsync(CancellationToken cancellationToken) =>
        ObserveAsync("file_sweep", () => ledger.SweepAsync(cancellationToken));

    public Task ForgetAsync(IReadOnlyList<string> blobs, CancellationToken cancellationToken) =>
        ObserveAsync("file_forget", () => ledger.ForgetAsync(blobs, cancellationToken));

    public Task<IReadOnlyList<string>> FindUnknownAsync(
        IReadOnlyList<string> blobs,
        CancellationToken cancellationToken
    ) => ObserveAsync("file_unknown", () => ledger.FindUnknownAsync(blobs, cancellationToken));

    public Task ReconcileAsync(CancellationToken cancellationToken) =>
        ObserveAsync("file_reconcile", () => ledger.ReconcileAsync(cancellationToken));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(ledger.SystemName, operation, call);

    private Task<bool> ObserveAsync(string operation, Func<Task> call) => ObserveAsync(operation, async () =>
        {
            await call();
            return true;
        });
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>Decorates a request store: observes each call with <see cref="StoreObserver"/>.</summary>
internal sealed class ObservedRequestStore(IRequestStore store, StoreObserver observer) : IRequestStore
{
    public string SystemName => store.SystemName;

    public Task<RequestOutcome> AdmitAsync(Username recipient, string sender, CancellationToken cancellationToken) =>
        ObserveAsync("request_admit", () => store.AdmitAsync(recipient, sender, cancellationToken));

    public Task<RequestResult> DepositAsync(
        Username recipient,
        RequestSender sender,
        byte[] envelope,
        CancellationToken cancellationToken
    ) => ObserveAsync("request_deposit", () => store.DepositAsync(recipient, sender, envelope, cancellationToken));

    public Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    ) => ObserveAsync("request_collect", () => store.CollectAsync(owner, tokenHash, after, limit, cancellationToken));

    public Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    ) => ObserveAsync("request_delete", () => store.DeleteAsync(owner, tokenHash, ids, cancellationToken));

    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        ObserveAsync("request_sweep", () => store.SweepAsync(cancellationToken));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(store.SystemName, operation, call);
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>Decorates a mailbox store: observes each call with <see cref="StoreObserver"/>.</summary>
internal sealed class ObservedMailboxStore(IMailboxStore store, StoreObserver observer) : IMailboxStore
{
    public string SystemName => store.SystemName;

    public int ShardCount => store.ShardCount;

    public int ShardOf(Username name) => store.ShardOf(name);

    public ShardSignal Signal => store.Signal;

    public Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_admit", () => store.AdmitAsync(recipient, capabilityHash, size, cancellationToken));

    public Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_deposit", () => store.DepositAsync(recipient, capabilityHash, envelope, cancellationToken));

    public Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_collect", () => store.CollectAsync(owner, tokenHash, after, limit, cancellationToken));

    public Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_delete", () => store.DeleteAsync(owner, tokenHash, ids, cancellationToken));

    public Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_grant", () => store.GrantAsync(owner, tokenHash, capabilityHash, cancellationToken));

    public Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_revoke", () => store.RevokeAsync(owner, tokenHash, capabilityHash, cancellationToken));

    public Task<WaitingResult> IsWaitingAsync(Username owner, string tokenHash, CancellationToken cancellationToken) =>
        ObserveAsync("mail_waiting", () => store.IsWaitingAsync(owner, tokenHash, cancellationToken));

    public Task<MailboxNotifications> ReadNotificationsAsync(
        int shard,
        long? after,
        int limit,
        CancellationToken cancellationToken
    ) => ObserveAsync("mail_news", () => store.ReadNotificationsAsync(shard, after, limit, cancellationToken));

    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        ObserveAsync("mail_sweep", () => store.SweepAsync(cancellationToken));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(store.SystemName, operation, call);
}

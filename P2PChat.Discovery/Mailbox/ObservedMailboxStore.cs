using P2PChat.Discovery.Peers;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailbox;

/// <summary>Any store of mail, watched as <see cref="ObservedPeerStore"/> is.</summary>
internal sealed class ObservedMailboxStore(IMailboxStore store, StoreObserver observer) : IMailboxStore
{
    public string SystemName => store.SystemName;

    public int ShardCount => store.ShardCount;

    public ShardSignal Signal => store.Signal;

    public Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellation
    ) => ObserveAsync("mail_admit", () => store.AdmitAsync(recipient, capabilityHash, size, cancellation));

    public Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellation
    ) => ObserveAsync("mail_deposit", () => store.DepositAsync(recipient, capabilityHash, envelope, cancellation));

    public Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellation
    ) => ObserveAsync("mail_collect", () => store.CollectAsync(owner, tokenHash, after, limit, cancellation));

    public Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellation
    ) => ObserveAsync("mail_delete", () => store.DeleteAsync(owner, tokenHash, ids, cancellation));

    public Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellation
    ) => ObserveAsync("mail_grant", () => store.GrantAsync(owner, tokenHash, capabilityHash, cancellation));

    public Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellation
    ) => ObserveAsync("mail_revoke", () => store.RevokeAsync(owner, tokenHash, capabilityHash, cancellation));

    public Task<WaitingResult> IsWaitingAsync(Username owner, string tokenHash, CancellationToken cancellation) =>
        ObserveAsync("mail_waiting", () => store.IsWaitingAsync(owner, tokenHash, cancellation));

    public Task<MailboxNotifications> ReadNewsAsync(
        int shard,
        long? after,
        int limit,
        CancellationToken cancellation
    ) => ObserveAsync("mail_news", () => store.ReadNewsAsync(shard, after, limit, cancellation));

    public Task<int> SweepAsync(CancellationToken cancellation) =>
        ObserveAsync("mail_sweep", () => store.SweepAsync(cancellation));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(store.SystemName, operation, call);
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>Decorates a membership store: observes each call with <see cref="StoreObserver"/>.</summary>
internal sealed class ObservedMembershipStore(IMembershipStore store, StoreObserver observer) : IMembershipStore
{
    public string SystemName => store.SystemName;

    public Task<JoinCodeResult> AddCodeAsync(
        JoinCode code,
        JoinCodeLimits limits,
        CancellationToken cancellationToken
    ) => ObserveAsync("code_add", () => store.AddCodeAsync(code, limits, cancellationToken));

    public Task RemoveCodeAsync(string codeHash, string maker, CancellationToken cancellationToken) =>
        ObserveAsync("code_remove", () => store.RemoveCodeAsync(codeHash, maker, cancellationToken));

    public Task<bool> ReserveAsync(string codeHash, string peerId, CancellationToken cancellationToken) =>
        ObserveAsync("code_reserve", () => store.ReserveAsync(codeHash, peerId, cancellationToken));

    public Task<bool> SpendAsync(
        string codeHash,
        string peerId,
        Username username,
        CancellationToken cancellationToken
    ) => ObserveAsync("code_spend", () => store.SpendAsync(codeHash, peerId, username, cancellationToken));

    public Task ReleaseAsync(string codeHash, string peerId, CancellationToken cancellationToken) =>
        ObserveAsync("code_release", () => store.ReleaseAsync(codeHash, peerId, cancellationToken));

    public Task<bool> IsMemberAsync(string peerId, CancellationToken cancellationToken) =>
        ObserveAsync("member_find", () => store.IsMemberAsync(peerId, cancellationToken));

    public Task<bool> RefreshMemberAsync(string peerId, Username username, CancellationToken cancellationToken) =>
        ObserveAsync("member_refresh", () => store.RefreshMemberAsync(peerId, username, cancellationToken));

    public Task<MemberPage> ListMembersAsync(string? after, int limit, CancellationToken cancellationToken) =>
        ObserveAsync("member_list", () => store.ListMembersAsync(after, limit, cancellationToken));

    public Task<IReadOnlyList<string>?> RemoveMemberAsync(string peerId, CancellationToken cancellationToken) =>
        ObserveAsync("member_remove", () => store.RemoveMemberAsync(peerId, cancellationToken));

    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        ObserveAsync("member_sweep", () => store.SweepAsync(cancellationToken));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(store.SystemName, operation, call);

    private Task<bool> ObserveAsync(string operation, Func<Task> call) =>
        observer.ObserveAsync(store.SystemName, operation, async () =>
        {
            await call();
            return true;
        });
}

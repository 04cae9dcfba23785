using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Stores join codes and the members that joined with them. Times are the store's own. An expired code counts as gone
/// at once. PeerIds are in their written form, and hashes in base64url.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IMembershipStore
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> defines it.</summary>
    string SystemName { get; }

    /// <summary>Adds a join code. The same hash by the same maker changes nothing.</summary>
    Task<JoinCodeResult> AddCodeAsync(JoinCode code, JoinCodeLimits limits, CancellationToken cancellationToken);

    /// <summary>Removes a code of this maker. Unknown codes, and those of others, are ignored.</summary>
    Task RemoveCodeAsync(string codeHash, string maker, CancellationToken cancellationToken);

    /// <summary>
    /// Reserves a use of a code for a key. The reservation ends by itself after <see cref="JoinCode.Reservation"/>.
    /// </summary>
    /// <returns>
    /// Whether the key may join: it has a use, reserved or spent. False if the code is unknown, expired or used up, or
    /// the operator has removed the key since it joined with it.
    /// </returns>
    Task<bool> ReserveAsync(string codeHash, string peerId, CancellationToken cancellationToken);

    /// <summary>Spends a reserved use, and makes the key a member. Idempotent.</summary>
    /// <returns>False if the code has been removed or used up meanwhile.</returns>
    Task<bool> SpendAsync(string codeHash, string peerId, Username username, CancellationToken cancellationToken);

    /// <summary>Gives back a reserved use. A spent one stays spent.</summary>
    Task ReleaseAsync(string codeHash, string peerId, CancellationToken cancellationToken);

    Task<bool> IsMemberAsync(string peerId, CancellationToken cancellationToken);

    /// <summary>Records a registration of a member.</summary>
    /// <returns>False if the key is not a member.</returns>
    Task<bool> RefreshMemberAsync(string peerId, Username username, CancellationToken cancellationToken);

    /// <summary>Returns the members after <paramref name="after"/>, in ordinal order of their PeerIds.</summary>
    Task<MemberPage> ListMembersAsync(string? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Ends a membership and removes the codes that the key made. It can no longer join with the code that it used.
    /// </summary>
    /// <returns>The key's usernames; null if it is not a member and has made no codes.</returns>
    Task<IReadOnlyList<string>?> RemoveMemberAsync(string peerId, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes expired codes, and members that have not registered for a long time. Several replicas may sweep at once.
    /// </summary>
    /// <returns>Number of deleted entries. A sweep is bounded, so repeat until it returns 0.</returns>
    Task<int> SweepAsync(CancellationToken cancellationToken);
}

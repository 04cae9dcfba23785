using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Stores envelopes next to the claims of <see cref="IPeerStore"/>: a name's lease identifies its mailbox's owner, and
/// a mailbox ends with its claim. Times are the store's own. Expired envelopes count as gone at once.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IMailboxStore
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> defines it.</summary>
    string SystemName { get; }

    int ShardCount { get; }

    /// <summary>Returns the index of the shard that holds a name's mailbox.</summary>
    int ShardOf(Username name);

    /// <summary>Signals the shards that have new mail.</summary>
    ShardSignal Signal { get; }

    /// <summary>
    /// Checks whether an envelope would be accepted, before its body is read. Stores nothing; may delete expired mail.
    /// </summary>
    /// <param name="recipient">The mailbox's name.</param>
    /// <param name="capabilityHash">SHA-256 of the capability, in base64url.</param>
    /// <param name="size">Size of the envelope, in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellationToken
    );

    /// <summary>Stores an envelope, after the same checks as <see cref="AdmitAsync"/>.</summary>
    Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellationToken
    );

    /// <summary>Reads the envelopes after <paramref name="after"/>, oldest first. Empty starts at the oldest.</summary>
    Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes envelopes. Unknown ids are ignored.</summary>
    Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    );

    /// <summary>Allows deposits with a capability. Idempotent.</summary>
    Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Forbids further deposits with a capability. Its envelopes stay, and count towards its quota, until they are
    /// deleted.
    /// </summary>
    Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    );

    /// <summary>Returns whether any envelope is waiting.</summary>
    Task<WaitingResult> IsWaitingAsync(Username owner, string tokenHash, CancellationToken cancellationToken);

    /// <summary>Returns the names whose mailboxes received mail after a position.</summary>
    /// <param name="shard">The shard to read.</param>
    /// <param name="after">The position; null returns the current position and no names.</param>
    /// <param name="limit">Maximum number of names.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<MailboxNotifications> ReadNotificationsAsync(
        int shard,
        long? after,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes expired envelopes. Several replicas may sweep at once.</summary>
    /// <returns>Number of deleted envelopes. A sweep is bounded, so repeat until it returns 0.</returns>
    Task<int> SweepAsync(CancellationToken cancellationToken);
}

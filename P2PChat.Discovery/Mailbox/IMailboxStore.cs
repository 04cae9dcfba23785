using P2PChat.Discovery.Peers;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailbox;

/// <summary>
/// Where envelopes wait: beside the claims of the <see cref="IPeerStore"/>, whose leases say who owns a mailbox, and with
/// whose claim it ends. Time is the store's own. What has run out counts as gone at once.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IMailboxStore
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> has it.</summary>
    string SystemName { get; }

    int ShardCount { get; }

    /// <summary>Tells which shards have had mail.</summary>
    ShardSignal Signal { get; }

    /// <summary>
    /// Checks whether an envelope would be accepted, before its body is read. Stores nothing; may drop expired mail.
    /// </summary>
    /// <param name="capabilityHash">SHA-256 of the capability, in base64url.</param>
    /// <param name="size">The envelope's bytes.</param>
    Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellation
    );

    /// <param name="capabilityHash">SHA-256 of the capability, in base64url.</param>
    Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellation
    );

    /// <summary>Envelopes that follow <paramref name="after"/>, oldest first.</summary>
    /// <param name="after">Empty to begin.</param>
    Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellation
    );

    /// <summary>What is not there counts as deleted already.</summary>
    Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellation
    );

    /// <summary>Lets in whoever has the capability. Once more changes nothing.</summary>
    Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellation
    );

    /// <summary>Lets nobody in by it any more. What came before stays until it is collected, and counts until then.</summary>
    Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellation
    );

    /// <summary>Whether there is mail.</summary>
    Task<WaitingResult> IsWaitingAsync(Username owner, string tokenHash, CancellationToken cancellation);

    /// <summary>Who has had mail.</summary>
    /// <param name="after">Null for no names, only where to go on from.</param>
    Task<MailboxNotifications> ReadNewsAsync(int shard, long? after, int limit, CancellationToken cancellation);

    /// <summary>Clears away what has run out. Several replicas may do so at once.</summary>
    /// <returns>How many envelopes; with the bound of one call there may be more.</returns>
    Task<int> SweepAsync(CancellationToken cancellation);
}

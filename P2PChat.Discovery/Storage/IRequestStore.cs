using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Stores first requests to peers that are away, next to the claims of <see cref="IPeerStore"/>: a box ends with its
/// claim, and is open while the name's current record says so. New requests are signalled like mail, by
/// <see cref="IMailboxStore"/>. Expired ones count as gone at once.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IRequestStore
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> defines it.</summary>
    string SystemName { get; }

    /// <summary>Checks whether the box would take a request, before its body is read. Changes nothing.</summary>
    /// <param name="recipient">The box's name.</param>
    /// <param name="sender">The sender's PeerId.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<RequestOutcome> AdmitAsync(Username recipient, string sender, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a request, which replaces the sender's earlier one in this box. The same bytes again change and count
    /// nothing.
    /// </summary>
    Task<RequestResult> DepositAsync(
        Username recipient,
        RequestSender sender,
        byte[] envelope,
        CancellationToken cancellationToken
    );

    /// <inheritdoc cref="IMailboxStore.CollectAsync"/>
    Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    );

    /// <inheritdoc cref="IMailboxStore.DeleteAsync"/>
    Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    );

    /// <inheritdoc cref="IMailboxStore.SweepAsync"/>
    Task<int> SweepAsync(CancellationToken cancellationToken);
}

using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Files;

/// <summary>
/// Accounts for the files of each mailbox, next to the claims: who may deposit and read them, and how many bytes are
/// left. The bytes themselves are in an <see cref="IFileStore"/>. A file is reserved, uploaded, and then kept. Times
/// are the store's own. Expired files count as gone at once.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IFileLedger
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> defines it.</summary>
    string SystemName { get; }

    /// <summary>
    /// Reserves a file's size until it is kept or cancelled, or its upload has timed out. A capability's second
    /// reservation of an id replaces the first.
    /// </summary>
    Task<ReserveResult> ReserveAsync(Username recipient, FileDeposit file, CancellationToken cancellationToken);

    /// <summary>Makes a reserved file visible, after its bytes are stored.</summary>
    /// <returns>
    /// <see cref="FileOutcome.Gone"/> if the reservation has ended or was replaced,
    /// <see cref="FileOutcome.UnknownCapability"/> if its capability has been revoked.
    /// </returns>
    Task<KeepResult> KeepAsync(Username recipient, string id, string blob, CancellationToken cancellationToken);

    /// <summary>Ends a reservation. A sweep deletes the bytes that were stored.</summary>
    Task CancelAsync(Username recipient, string id, string blob, CancellationToken cancellationToken);

    /// <summary>Removes a file whose bytes are lost, so that its sender can upload it again.</summary>
    Task DiscardAsync(Username recipient, string id, string blob, CancellationToken cancellationToken);

    /// <summary>Reads the files that wait for a peer, in the order of their ids.</summary>
    /// <param name="owner">The peer.</param>
    /// <param name="tokenHash">Hash of its lease token's secret.</param>
    /// <param name="id">The only file to read; null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<FileListResult> ReadAsync(Username owner, string tokenHash, string? id, CancellationToken cancellationToken);

    /// <summary>Deletes a file. An unknown one is not an error.</summary>
    Task<FileOutcome> DeleteAsync(Username owner, string tokenHash, string id, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a file for its sender, also one that is still being uploaded. One of another capability stays.
    /// </summary>
    Task WithdrawAsync(Username recipient, string capabilityHash, string id, CancellationToken cancellationToken);

    /// <summary>Removes expired files. Several replicas may sweep at once.</summary>
    Task<FileSweepResult> SweepAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Frees the space of removed files whose bytes have been deleted. Until then they count for their contact, mailbox
    /// and claimant.
    /// </summary>
    Task ForgetAsync(IReadOnlyList<string> blobs, CancellationToken cancellationToken);

    /// <summary>Returns those of the blobs that nobody stores or uploads.</summary>
    Task<IReadOnlyList<string>> FindUnknownAsync(IReadOnlyList<string> blobs, CancellationToken cancellationToken);

    /// <summary>Stops counting blobs towards the limit of all files that belong to no mailbox.</summary>
    Task ReconcileAsync(CancellationToken cancellationToken);
}

using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;

namespace P2PChat.Node.Sessions;

/// <summary>Which files are accepted without asking, and how much may be stored. Thread-safe.</summary>
internal sealed class TransferPolicy(
    PeerOptions options,
    PeerStore store,
    Contacts contacts,
    Preferences preferences,
    DownloadFolder folder
)
{
    // What a small file takes on most disks. It also limits their number.
    private const long MinBytes = 4096;

    private readonly Lock _gate = new();

    /// <summary>Where received files are; null if this peer takes none.</summary>
    public string? DownloadFolder => folder.FullPath;

    /// <summary>Accepts an offer if the user's settings do so without asking. Reads the disk.</summary>
    /// <param name="accept">Accepts it. Called without the session's lock.</param>
    public void AcceptIfAutomatic(StoredTransfer offered, Action accept)
    {
        if (
            preferences.AcceptsFileFrom(contacts.Find(offered.With) is { Verified: true, Blocked: false })
            && offered.Offer.Size <= preferences.AcceptFilesUpTo
            && preferences.AcceptsFileType(offered.Offer.MediaType)
        )
        {
            _ = Accept(offered, accept);
        }
    }

    /// <summary>Accepts an offer if there is room for it. Reads the disk.</summary>
    /// <inheritdoc cref="AcceptIfAutomatic"/>
    /// <returns>Why it cannot be accepted; null if it is.</returns>
    public string? Accept(StoredTransfer offered, Action accept)
    {
        // One after the other, so that two files do not get the same room.
        lock (_gate)
        {
            var reason = WhyNot(offered);
            if (reason is null)
            {
                accept();
            }

            return reason;
        }
    }

    private string? WhyNot(StoredTransfer offered)
    {
        if (folder.FullPath is null)
        {
            return "This peer is ephemeral and has no download folder. Start it with one to receive files.";
        }

        _ = store.AfterFlush();
        var stored = store.Transfers.Received().Where(one => one.Id != offered.Id).ToList();
        var size = BytesOf(offered);
        if (Sum(stored.Where(one => one.Remote == offered.Remote)) + size > options.FilesPerContact)
        {
            return $"Files from {offered.With} would exceed the limit of "
                + $"{FallbackText.SizeOf(options.FilesPerContact)} per contact. Delete some from {folder.FullPath}, or "
                + "raise Peer:FilesPerContact.";
        }

        return Sum(stored) + size > options.FilesInTotal
            ? $"Received files would exceed the total limit of {FallbackText.SizeOf(options.FilesInTotal)}. Delete "
                + $"some from {folder.FullPath}, or raise Peer:FilesInTotal."
            : null;
    }

    // A file that the user has deleted or moved does not count.
    private static long Sum(IEnumerable<StoredTransfer> transfers) =>
        transfers.Where(one => one.State != TransferState.Completed || File.Exists(one.Path)).Sum(BytesOf);

    private static long BytesOf(StoredTransfer transfer) => Math.Max(MinBytes, transfer.Offer.Size);
}

using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

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
    /// <summary>Where received files are; null if this peer takes none.</summary>
    public string? DownloadFolder => folder.FullPath;

    /// <summary>Whether the user's settings accept an offer without asking. Reads the disk.</summary>
    public bool AcceptsAutomatically(StoredTransfer offered) =>
        preferences.AcceptsFileFrom(contacts.Find(offered.With) is { Verified: true, Blocked: false })
        && offered.Offer.Size <= preferences.AcceptFilesUpTo
        && preferences.AcceptsFileType(offered.Offer.MediaType)
        && WhyNot(offered) is null;

    /// <summary>Why an offer cannot be accepted; null if it can. Reads the disk.</summary>
    public string? WhyNot(StoredTransfer offered)
    {
        if (folder.FullPath is null)
        {
            return "This peer is ephemeral and has no download folder. Start it with one to receive files.";
        }

        var stored = store.Transfers.Newest().Where(one => !one.IsOurs && one.Id != offered.Id).ToList();
        if (Sum(stored.Where(one => one.Remote == offered.Remote)) + offered.Offer.Size > options.FilesPerContact)
        {
            return $"The files from {offered.With} would take more than those of one contact may. Delete some from "
                + $"{folder.FullPath}, or raise the limit.";
        }

        return Sum(stored) + offered.Offer.Size > options.FilesInTotal
            ? $"All received files would take more space than they may. Delete some from {folder.FullPath}, "
                + "or raise the limit."
            : null;
    }

    // A file that the user has deleted or moved does not count.
    private static long Sum(IEnumerable<StoredTransfer> transfers) =>
        transfers.Sum(one =>
            one.State switch
            {
                TransferState.Active or TransferState.Paused => one.Offer.Size,
                TransferState.Completed when File.Exists(one.Path) => one.Offer.Size,
                _ => 0,
            }
        );
}

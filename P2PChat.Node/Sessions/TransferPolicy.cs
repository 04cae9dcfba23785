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
    DownloadFolder folder,
    DiskReserve reserve,
    TimeProvider timeProvider
)
{
    // What a small file takes on most disks. It also limits their number.
    private const long MinBytes = 4096;

    // Looking for all files takes time, and a contact may make any number of offers.
    private static readonly TimeSpan LookAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _lookedAt;

    /// <summary>The download folder; null if this peer has none.</summary>
    public string? DownloadFolder => folder.FullPath;

    /// <summary>Accepts an offer if the user's settings do so without asking. Reads the disk.</summary>
    /// <param name="accept">Accepts it. Called without the session's lock.</param>
    public void AcceptIfAutomatic(StoredTransfer offered, Action accept)
    {
        if (
            !contacts.IsBlocked(offered.With, offered.Remote)
            && contacts.Check(offered.With, offered.Remote) != PinCheck.Changed
            && AcceptsFrom(offered)
            && offered.Offer.Size <= preferences.AcceptFilesUpTo
            && preferences.AcceptsFileType(offered.Offer.MediaType, offered.Offer.Name)
        )
        {
            lock (_gate)
            {
                var maySearch = _lookedAt is not { } at || timeProvider.GetElapsedTime(at) >= LookAfter;
                if (ValidationError(offered, maySearch) is null)
                {
                    accept();
                }
            }
        }
    }

    /// <summary>Accepts an offer if there is room for it. Reads the disk.</summary>
    /// <param name="accept">
    /// Accepts it, and is told whether the download folder can be written. Called without the session's lock.
    /// </param>
    /// <returns>Why it cannot be accepted; null if it is.</returns>
    public string? Accept(StoredTransfer offered, Action<bool> accept)
    {
        // One after the other, so that two files do not get the same room.
        lock (_gate)
        {
            var error = ValidationError(offered, maySearch: true);
            if (error is null)
            {
                accept(folder.IsWritable());
            }

            return error;
        }
    }

    // What the user has chosen for one contact comes before the setting for all, but only for a key that is pinned.
    private bool AcceptsFrom(StoredTransfer offered)
    {
        var pinned = contacts.Find(offered.With) is { } contact && contact.PeerId == offered.Remote ? contact : null;
        return store.Marks.AcceptsFiles(offered.With) switch
        {
            AutoAccept.Off => false,
            AutoAccept.On when pinned is not null => true,
            _ => preferences.AcceptsFileFrom(pinned is { Verified: true }),
        };
    }

    /// <param name="maySearch">Whether to look for deleted and moved files if there is no room.</param>
    private string? ValidationError(StoredTransfer offered, bool maySearch)
    {
        if (folder.FullPath is null)
        {
            return "This peer is ephemeral and has no download folder. Start it with one to receive files.";
        }

        if (reserve.IsReachedFor(folder.FullPath))
        {
            return "The disk with this peer's data is almost full. Free some space, then accept the file again.";
        }

        var error = LimitError(offered);
        if (error is null || !maySearch)
        {
            return error;
        }

        _lookedAt = timeProvider.GetTimestamp();
        store.Received.FindMissing(File.Exists);
        return LimitError(offered);
    }

    private string? LimitError(StoredTransfer offered)
    {
        var (fromPeer, all) = store.Received.Bytes(offered.Remote, offered.Id, MinBytes);
        var size = Math.Max(MinBytes, offered.Offer.Size);
        return fromPeer + size > options.FilesPerContact
                ? $"Files from {offered.With} would exceed the limit of "
                    + $"{FallbackText.SizeOf(options.FilesPerContact)} per contact. Delete some from "
                    + $"{folder.FullPath}, or raise the limit."
            : all + size > options.FilesInTotal
                ? $"Received files would exceed the total limit of {FallbackText.SizeOf(options.FilesInTotal)}. "
                    + $"Delete some from {folder.FullPath}, or raise the limit."
            : null;
    }
}

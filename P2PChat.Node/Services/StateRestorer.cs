using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Restores persisted state when the peer starts.</summary>
internal sealed class StateRestorer(
    BackupWriter backups,
    SessionTable sessions,
    RestoredMarker restored,
    InviteBook invites,
    InviteJoiner joiner,
    PeerStore store,
    UploadFolder uploads,
    DownloadFolder downloads
)
{
    /// <exception cref="PeerStartException">The store cannot be read or written.</exception>
    public async Task RestoreAsync()
    {
        backups.CleanUp();
        try
        {
            // Before the marker is cleared: a backup does not know of the uses since.
            if (restored.EpochFloor is not null)
            {
                _ = await invites.VoidOpenAsync();
                await store.Rooms.MarkRestoredAsync();
                await store.Rooms.RevokeLinksAsync();
            }

            await invites.DeleteOldAsync();
            await store.StaleTransfers.CleanUpAsync();
            uploads.CleanUp();
            downloads.CleanUp(store.Transfers.OpenIds());
            await sessions.BeginEpochsAsync();
            sessions.Restore();
            await joiner.JoinAtStartAsync();
        }
        catch (Exception exception) when (exception is PeerException or StoreException)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }
}

using P2PChat.Node.Backup;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Restores persisted state when the peer starts.</summary>
internal sealed class StateRestorer(BackupWriter backups, SessionTable sessions)
{
    /// <exception cref="PeerStartException">The store cannot be read or written.</exception>
    public async Task RestoreAsync()
    {
        backups.CleanUp();
        try
        {
            await sessions.BeginEpochsAsync();
            sessions.Restore();
        }
        catch (PeerException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }
}

using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <content>What backups need, and what a peer that was made from one does.</content>
internal sealed partial class PeerStore
{
    /// <summary>Makes a copy of what is committed, in a file that is not there yet; whoever writes is not held up.</summary>
    /// <exception cref="StoreException">It cannot be read, or the disk is full.</exception>
    /// <exception cref="IOException">The file cannot be made; so <see cref="UnauthorizedAccessException"/>.</exception>
    public Task CopyAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(
            () =>
            {
                // An empty file is taken for none, and this one is its owner's alone.
                new FileStream(path, DataDirectory.Options(FileMode.CreateNew)).Dispose();
                _ = Read(connection =>
                {
                    using var copy = Command(connection, "VACUUM INTO $path", ("$path", path));
                    try
                    {
                        return copy.ExecuteNonQuery();
                    }
                    catch (SqliteException e) when (e.SqliteErrorCode == SqliteCodes.Full)
                    {
                        throw StoreException.Of(e);
                    }
                });
            },
            cancellationToken
        );

    /// <summary>All that this peer has ever had a conversation with.</summary>
    public IReadOnlyList<PeerId> All() => List("SELECT peer_id FROM peers", PeerIdOf);

    /// <summary>Whether each conversation is in an epoch above that, behind all that waits to be written.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<bool> HasBegunAboveAsync(ulong epoch)
    {
        var some = false;
        await Writer.CallAsync(connection =>
        {
            using var command = Command(
                connection,
                "SELECT EXISTS (SELECT 1 FROM peers WHERE epoch <= $epoch)",
                ("$epoch", (long)epoch)
            );
            some = (long)command.ExecuteScalar()! != 0;
        });
        return !some;
    }
}

using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>Deletes rows so that nothing of them remains in the file or its log. Thread-safe.</summary>
internal sealed class StoreEraser(StoreDatabase database, StoreWriter writer)
{
    // Writers wait while the checkpoint waits for readers. One that takes longer, such as a backup, may take minutes.
    private const int CheckpointTimeoutMilliseconds = 1000;
    private const int NextTimeoutMilliseconds = 50;

    // Whether the log may hold something that was deleted.
    private volatile bool _isCheckpointDue;

    // Whether the last checkpoint found a reader that did not end.
    private volatile bool _isInUse;

    /// <summary>Runs a deletion in its own transaction, then empties the log.</summary>
    /// <param name="erase">Returns whether something was deleted.</param>
    /// <exception cref="StoreException">It failed, or the log is in use: the next call empties it.</exception>
    public async Task EraseAsync(Func<SqliteConnection, bool> erase)
    {
        await RunAsync(erase).ConfigureAwait(false);
        EmptyLog();
    }

    /// <summary>Runs a deletion in its own transaction, and leaves the log to <see cref="EmptyLog"/>.</summary>
    /// <param name="erase">Returns whether something was deleted.</param>
    /// <exception cref="StoreException">It failed, and nothing was deleted.</exception>
    public Task RunAsync(Func<SqliteConnection, bool> erase) =>
        writer.CallAsync(connection => _isCheckpointDue |= erase(connection));

    /// <summary>Empties the log, if an earlier deletion could not.</summary>
    /// <exception cref="StoreException">The log is in use.</exception>
    public void EmptyLog()
    {
        if (_isCheckpointDue)
        {
            // Before, because another deletion may follow meanwhile.
            _isCheckpointDue = false;
            try
            {
                Checkpoint();
            }
            catch
            {
                _isCheckpointDue = true;
                throw;
            }
        }
    }

    /// <summary>
    /// Lets SQLite leave what it deletes or moves meanwhile in free pages of the file, which saves writes.
    /// </summary>
    public static void WithoutOverwriting(SqliteConnection connection, Action act)
    {
        StoreSchema.Execute(connection, "PRAGMA secure_delete = FAST;");
        try
        {
            act();
        }
        finally
        {
            StoreSchema.Execute(connection, "PRAGMA secure_delete = ON;");
        }
    }

    // Moves the overwritten pages from the log to the file, and empties the log, which holds the old pages.
    private void Checkpoint()
    {
        if (database.IsTemporary)
        {
            return;
        }

        _ = database.ReadOutsideTransaction(connection =>
        {
            _ = raw.sqlite3_busy_timeout(
                connection.Handle,
                _isInUse ? NextTimeoutMilliseconds : CheckpointTimeoutMilliseconds
            );
            try
            {
                _isInUse = connection.Scalar("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L;
                return _isInUse ? throw new IOException("The log is in use.") : true;
            }
            finally
            {
                _ = raw.sqlite3_busy_timeout(connection.Handle, 0);
            }
        });
    }
}

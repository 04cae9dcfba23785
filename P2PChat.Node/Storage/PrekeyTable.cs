using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>The <c>prekeys</c> table. Thread-safe.</summary>
internal sealed class PrekeyTable(StoreDatabase database, StoreWriter writer) : IPrekeyStore
{
    // Writers wait while the checkpoint waits for readers.
    private const int CheckpointTimeoutMilliseconds = 1000;

    // Whether the log may hold a private key that was deleted.
    private volatile bool _isCheckpointDue;

    public IReadOnlyList<StoredPrekey> Load()
    {
        try
        {
            return
            [
                .. database
                    .Read(connection =>
                        connection.List(
                            "SELECT id, created, replaced_at, private_key FROM prekeys",
                            reader => new StoredPrekey(
                                unchecked((ulong)reader.GetInt64(0)),
                                reader.GetTime(1),
                                reader.GetTimeOrNull(2),
                                reader.GetBytes(3)
                            )
                        )
                    )
                    .OrderBy(prekey => prekey.Id),
            ];
        }
        catch (StoreException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }

    public void Save(IReadOnlyCollection<StoredPrekey> prekeys)
    {
        writer.Call(connection =>
        {
            // For this call only, because it costs writes. SQLite then overwrites what it deletes or moves.
            StoreSchema.Execute(connection, "PRAGMA secure_delete = ON;");
            try
            {
                _isCheckpointDue |= Replace(connection, prekeys);
            }
            finally
            {
                StoreSchema.Execute(connection, "PRAGMA secure_delete = OFF;");
            }
        });
        if (_isCheckpointDue)
        {
            Checkpoint();
            _isCheckpointDue = false;
        }
    }

    public PeerStartException Damaged(Exception cause) => new(StoreException.OfReading(cause).Message, cause);

    /// <summary>Replaces all prekeys within the caller's transaction.</summary>
    /// <returns>Whether one was deleted.</returns>
    public static bool Replace(SqliteConnection connection, IReadOnlyCollection<StoredPrekey> prekeys)
    {
        var kept = prekeys.Select(prekey => unchecked((long)prekey.Id)).ToHashSet();
        var removed = connection
            .List("SELECT id FROM prekeys", reader => reader.GetInt64(0))
            .Where(id => !kept.Contains(id))
            .ToList();
        foreach (var id in removed)
        {
            _ = connection.Run("DELETE FROM prekeys WHERE id = $id", ("$id", id));
        }

        foreach (var prekey in prekeys)
        {
            _ = connection.Run(
                """
                INSERT INTO prekeys (id, created, replaced_at, private_key) VALUES ($id, $created, $replaced, $key)
                ON CONFLICT (id) DO UPDATE SET replaced_at = excluded.replaced_at
                  WHERE replaced_at IS NOT excluded.replaced_at
                """,
                ("$id", unchecked((long)prekey.Id)),
                ("$created", prekey.Created.ToUnixTimeMilliseconds()),
                ("$replaced", prekey.ReplacedAt?.ToUnixTimeMilliseconds()),
                ("$key", prekey.PrivateKey)
            );
        }

        return removed.Count > 0;
    }

    // Moves the overwritten pages from the log to the file, and empties the log, which holds the old pages.
    private void Checkpoint() =>
        database.ReadOutsideTransaction(connection =>
        {
            _ = raw.sqlite3_busy_timeout(connection.Handle, CheckpointTimeoutMilliseconds);
            try
            {
                return connection.Scalar("PRAGMA wal_checkpoint(TRUNCATE)") is 0L
                    ? true
                    : throw new IOException("The log is in use.");
            }
            finally
            {
                _ = raw.sqlite3_busy_timeout(connection.Handle, 0);
            }
        });
}

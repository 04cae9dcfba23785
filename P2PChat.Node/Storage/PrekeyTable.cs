using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Node.Storage;

/// <summary>The <c>prekeys</c> table. Thread-safe.</summary>
internal sealed class PrekeyTable(StoreDatabase database, StoreWriter writer) : IPrekeyStore
{
    private readonly StoreEraser _eraser = new(database, writer);

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

    public void Save(IReadOnlyCollection<StoredPrekey> prekeys) =>
        _eraser.EraseAsync(connection => Replace(connection, prekeys)).GetAwaiter().GetResult();

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
}

using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The message that an idempotency key has created.</summary>
internal sealed record IdempotencyEntry(string Key, ReadOnlyMemory<byte> TextHash, Guid Id, DateTimeOffset SentAt);

/// <summary>Reads the <c>idempotency</c> table. Thread-safe.</summary>
internal sealed class IdempotencyTable(StoreDatabase database)
{
    /// <returns>Null if the key has created no message.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IdempotencyEntry? Find(PeerId remote, string key) =>
        database
            .Read(connection =>
                connection.List(
                    "SELECT i.text_hash, i.id, i.sent_at FROM idempotency i JOIN peers p ON p.id = i.peer "
                        + "WHERE p.peer_id = $id AND i.key = $key",
                    reader => new IdempotencyEntry(key, reader.GetBytes(0), reader.GetMessageId(1), reader.GetTime(2)),
                    ("$id", remote.Bytes.ToArray()),
                    ("$key", key)
                )
            )
            .FirstOrDefault();
}

/// <summary>Writes the <c>idempotency</c> table, and deletes its oldest rows.</summary>
/// <exception cref="SqliteException">The file is damaged.</exception>
internal sealed class IdempotencyStatements : StatementSet
{
    private const int KeysPerPeer = 1024;

    private readonly StoreStatement _insert;
    private readonly StoreStatement _deleteOldest;

    public IdempotencyStatements(SqliteConnection connection)
        : base(connection)
    {
        _insert = Prepare("INSERT INTO idempotency (peer, key, text_hash, id, sent_at) VALUES (?1, ?2, ?3, ?4, ?5)");
        _deleteOldest = Prepare(
            "DELETE FROM idempotency WHERE number <= (SELECT last_insert_rowid()) - ?1 * (SELECT count(*) FROM peers)"
        );
    }

    public void Insert(long peer, IdempotencyEntry entry)
    {
        _ = _insert
            .Bind(1, peer)
            .Bind(2, entry.Key)
            .Bind(3, entry.TextHash.Span)
            .Bind(4, entry.Id)
            .Bind(5, entry.SentAt.ToUnixTimeMilliseconds())
            .Run();
        _ = _deleteOldest.Bind(1, KeysPerPeer).Run();
    }
}

using Microsoft.Data.Sqlite;
using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>The accounts of files in SQLite. A trigger marks the blob of a removed file as gone.</summary>
internal sealed class SqliteFileRows(SqliteStatements statements) : IFileRows
{
    private const string Columns = "SELECT name, id, blob, capability, size, digest, kept, expires FROM files ";

    public long TotalBytes => statements.Number("SELECT bytes FROM blob_total");

    public FileRow? Find(string name, string id) =>
        statements.First(Columns + "WHERE name = $1 AND id = $2", Read, name, id);

    public IReadOnlyList<FileRow> Of(string name) =>
        [.. statements.Rows(Columns + "WHERE name = $1 ORDER BY id", Read, name)];

    public FileUsage UsageOf(string name, string? capabilityHash) =>
        statements
            .Rows(
                """
                SELECT count(*), coalesce(sum(charge), 0) FROM blobs
                WHERE name = $1 AND ($2 = '' OR capability = $2)
                """,
                reader => new FileUsage(reader.GetInt32(0), reader.GetInt64(1)),
                name,
                capabilityHash ?? ""
            )
            .Single();

    public long BytesOf(string claimant) =>
        statements.Number("SELECT coalesce(sum(charge), 0) FROM blobs WHERE claimant = $1", claimant);

    public void Add(FileRow file, string claimant, long charge)
    {
        _ = statements.Run(
            "INSERT INTO blobs VALUES ($1, $2, $3, $4, $5, 0)",
            file.Blob,
            file.Name,
            file.CapabilityHash,
            claimant,
            charge
        );
        _ = statements.Run(
            "INSERT INTO files VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            file.Name,
            file.Id,
            file.Blob,
            file.CapabilityHash,
            file.Size,
            file.Digest,
            file.IsKept ? 1 : 0,
            file.ExpiresAt.ToUnixTimeMilliseconds()
        );
    }

    public void Update(FileRow file) =>
        statements.Run(
            "UPDATE files SET kept = $1, expires = $2 WHERE name = $3 AND id = $4",
            file.IsKept ? 1 : 0,
            file.ExpiresAt.ToUnixTimeMilliseconds(),
            file.Name,
            file.Id
        );

    public void Remove(string name, string id) =>
        statements.Run("DELETE FROM files WHERE name = $1 AND id = $2", name, id);

    public void Remove(string name) => statements.Run("DELETE FROM files WHERE name = $1", name);

    public void Sweep(StoreTime time, int limit)
    {
        Sweep(kept: 0, time.Now, limit);
        Sweep(kept: 1, time.Lasting, limit);
    }

    public IReadOnlyList<string> Gone(int limit) =>
        [.. statements.Rows("SELECT blob FROM blobs WHERE gone = 1 LIMIT $1", reader => reader.GetString(0), limit)];

    public void Forget(string blob) => statements.Run("DELETE FROM blobs WHERE blob = $1 AND gone = 1", blob);

    public bool IsKnown(string blob) => statements.Number("SELECT count(*) FROM blobs WHERE blob = $1", blob) != 0;

    /// <summary>Cuts deadlines that a clock ahead of this one has set.</summary>
    public void CutTo(DateTimeOffset expires) =>
        statements.Run("UPDATE files SET expires = $1 WHERE expires > $1", expires.ToUnixTimeMilliseconds());

    /// <summary>Ends all reservations: no upload survives the process.</summary>
    public void RemoveReservations() => statements.Run("DELETE FROM files WHERE kept = 0");

    private void Sweep(int kept, DateTimeOffset by, int limit) =>
        statements.Run(
            """
            DELETE FROM files WHERE (name, id) IN
              (SELECT name, id FROM files WHERE kept = $1 AND expires <= $2 ORDER BY expires LIMIT $3)
            """,
            kept,
            by.ToUnixTimeMilliseconds(),
            limit
        );

    private static FileRow Read(SqliteDataReader reader) =>
        new(
            reader.GetString(0),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetString(3),
            reader.GetInt64(4),
            reader.GetString(5),
            reader.GetFlag(6),
            reader.GetTime(7)
        );
}

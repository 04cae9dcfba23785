using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>Requests in SQLite.</summary>
internal sealed class SqliteRequestRows(SqliteStatements statements) : IRequestRows
{
    public long CountIn(string name) => statements.Number("SELECT count(*) FROM requests WHERE name = $1", name);

    public WaitingRequest? Find(string name, string sender) =>
        statements.First(
            "SELECT id, envelope, expires FROM requests WHERE name = $1 AND sender = $2",
            reader => new WaitingRequest(name, reader.GetString(0), sender, reader.GetBytes(1), reader.GetTime(2)),
            name,
            sender
        );

    public void Put(WaitingRequest request) =>
        statements.Run(
            """
            INSERT INTO requests VALUES ($1, $2, $3, $4, $5)
              ON CONFLICT (name, sender) DO UPDATE SET id = $3, expires = $4, envelope = $5
            """,
            request.Name,
            request.Sender,
            request.Id,
            request.ExpiresAt.ToUnixTimeMilliseconds(),
            request.Bytes.ToArray()
        );

    public bool Delete(string name, string id) =>
        statements.Run("DELETE FROM requests WHERE name = $1 AND id = $2", name, id) != 0;

    public bool HasAny(string name) => CountIn(name) > 0;

    public IReadOnlyList<StoredEnvelope> ReadAfter(string name, string after, int limit) =>
        [
            .. statements.Rows(
                "SELECT id, envelope FROM requests WHERE name = $1 AND id > $2 ORDER BY id LIMIT $3",
                reader => new StoredEnvelope(reader.GetString(0), reader.GetBytes(1)),
                name,
                after,
                limit
            ),
        ];

    public void Expire(string name, DateTimeOffset by) =>
        statements.Run("DELETE FROM requests WHERE name = $1 AND expires <= $2", name, by.ToUnixTimeMilliseconds());

    public int Sweep(DateTimeOffset by, int limit) =>
        statements.Run(
            """
            DELETE FROM requests WHERE rowid IN
              (SELECT rowid FROM requests WHERE expires <= $1 ORDER BY expires LIMIT $2)
            """,
            by.ToUnixTimeMilliseconds(),
            limit
        );

    public void Remove(string name) => statements.Run("DELETE FROM requests WHERE name = $1", name);

    public RequestCount? FindCount(string owner) =>
        statements.First(
            "SELECT number, ends FROM request_counts WHERE owner = $1",
            reader => new RequestCount(reader.GetInt64(0), reader.GetTime(1)),
            owner
        );

    public void SaveCount(string owner, RequestCount count) =>
        statements.Run(
            """
            INSERT INTO request_counts VALUES ($1, $2, $3)
              ON CONFLICT (owner) DO UPDATE SET number = $2, ends = $3
            """,
            owner,
            count.Number,
            count.Ends.ToUnixTimeMilliseconds()
        );

    public void SweepCounts(DateTimeOffset by) =>
        statements.Run("DELETE FROM request_counts WHERE ends <= $1", by.ToUnixTimeMilliseconds());

    /// <summary>Cuts deadlines that a clock ahead of this one has set.</summary>
    public void CutTo(DateTimeOffset expires, DateTimeOffset counts)
    {
        _ = statements.Run("UPDATE requests SET expires = $1 WHERE expires > $1", expires.ToUnixTimeMilliseconds());
        _ = statements.Run("UPDATE request_counts SET ends = $1 WHERE ends > $1", counts.ToUnixTimeMilliseconds());
    }
}

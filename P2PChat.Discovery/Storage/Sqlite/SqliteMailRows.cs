using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>Mail in SQLite. Triggers keep <c>mailboxes</c> up to date.</summary>
internal sealed class SqliteMailRows(SqliteStatements statements) : IMailRows
{
    // A claim that ends takes its row of mailboxes along, so the newest number is kept here too.
    private long _head;

    public long Head => Math.Max(_head, statements.Number("SELECT max(newest) FROM mailboxes"));

    public bool IsGranted(string name, string capabilityHash) =>
        statements.Number("SELECT count(*) FROM capabilities WHERE name = $1 AND hash = $2", name, capabilityHash) != 0;

    public long CountGranted(string name) =>
        statements.Number("SELECT count(*) FROM capabilities WHERE name = $1", name);

    public void Grant(string name, string capabilityHash) =>
        statements.Run("INSERT OR IGNORE INTO capabilities VALUES ($1, $2)", name, capabilityHash);

    public void Revoke(string name, string capabilityHash) =>
        statements.Run("DELETE FROM capabilities WHERE name = $1 AND hash = $2", name, capabilityHash);

    public MailUsage UsageOf(string name, string capabilityHash)
    {
        const string Usage = " FROM envelopes WHERE name = $1 AND capability = $2";
        return new MailUsage(
            statements.Number("SELECT count(*)" + Usage, name, capabilityHash),
            statements.Number("SELECT sum(size)" + Usage, name, capabilityHash),
            statements.Number("SELECT bytes FROM mailboxes WHERE name = $1", name)
        );
    }

    public void Announce(string name, long number)
    {
        _ = statements.Run(
            "INSERT INTO mailboxes VALUES ($1, 0, $2) ON CONFLICT (name) DO UPDATE SET newest = $2",
            name,
            number
        );
        _head = number;
    }

    public void Add(WaitingEnvelope envelope) =>
        statements.Run(
            "INSERT INTO envelopes VALUES ($1, $2, $3, $4, $5, $6)",
            envelope.Name,
            envelope.Id,
            envelope.CapabilityHash,
            envelope.Bytes.Length,
            envelope.ExpiresAt.ToUnixTimeMilliseconds(),
            envelope.Bytes.ToArray()
        );

    public bool Delete(string name, string id) =>
        statements.Run("DELETE FROM envelopes WHERE name = $1 AND id = $2", name, id) != 0;

    public bool HasMail(string name) =>
        statements.Number("SELECT count(*) FROM (SELECT 1 FROM envelopes WHERE name = $1 LIMIT 1)", name) != 0;

    public IEnumerable<StoredEnvelope> ReadAfter(string name, string after) =>
        statements.Rows(
            "SELECT id, envelope FROM envelopes WHERE name = $1 AND id > $2 ORDER BY id",
            reader => new StoredEnvelope(reader.GetString(0), reader.GetBytes(1)),
            name,
            after
        );

    // Few envelopes have expired since the last sweep, so the index by expiry is the one to use.
    public void Expire(string name, DateTimeOffset by) =>
        statements.Run("DELETE FROM envelopes WHERE expires <= $2 AND +name = $1", name, by.ToUnixTimeMilliseconds());

    public int Sweep(DateTimeOffset by, int limit) =>
        statements.Run(
            """
            DELETE FROM envelopes WHERE rowid IN
              (SELECT rowid FROM envelopes WHERE expires <= $1 ORDER BY expires LIMIT $2)
            """,
            by.ToUnixTimeMilliseconds(),
            limit
        );

    public IReadOnlyList<(string Name, long Number)> NewestAfter(long after, int limit) =>
        [
            .. statements.Rows(
                "SELECT name, newest FROM mailboxes WHERE newest > $1 ORDER BY newest LIMIT $2",
                reader => (reader.GetString(0), reader.GetInt64(1)),
                after,
                limit
            ),
        ];

    public void Remove(string name)
    {
        _ = statements.Run("DELETE FROM envelopes WHERE name = $1", name);
        _ = statements.Run("DELETE FROM mailboxes WHERE name = $1", name);
        _ = statements.Run("DELETE FROM capabilities WHERE name = $1", name);
    }

    /// <summary>Cuts deadlines that a clock ahead of this one has set.</summary>
    public void CutTo(DateTimeOffset expires) =>
        statements.Run("UPDATE envelopes SET expires = $1 WHERE expires > $1", expires.ToUnixTimeMilliseconds());
}

using Microsoft.Data.Sqlite;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>
/// Claims in SQLite. Renewals stay in memory until <see cref="WriteRenewals"/>, because writing each of them would wear
/// out a flash disk.
/// </summary>
internal sealed class SqliteClaimRows(SqliteStatements statements) : IClaimRows
{
    private const string Columns =
        "name, peer_id, claimant, sequence, ephemeral, unlisted, takes_requests, token_hash, online, ends, last_seen, "
        + "observed";

    // The current end of each lease that was renewed since it was registered.
    private readonly Dictionary<string, DateTimeOffset> _renewed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unwritten = new(StringComparer.Ordinal);

    public long Count => statements.Number("SELECT count(*) FROM claims");

    public long Leases => statements.Number("SELECT count(*) FROM claims WHERE online = 1");

    public long CountBy(string claimant) =>
        statements.Number("SELECT count(*) FROM claims WHERE claimant = $1", claimant);

    public Claim? Find(string name) => statements.First($"SELECT {Columns} FROM claims WHERE name = $1", Read, name);

    public SignedRecord? FindRecord(string name) =>
        statements.First(
            "SELECT record, signature, public_key FROM records WHERE name = $1",
            reader => new SignedRecord(reader.GetBytes(0), reader.GetBytes(1), reader.GetBytes(2)),
            name
        );

    public IEnumerable<Claim> ListedAfter(string after) =>
        statements.Rows($"SELECT {Columns} FROM claims WHERE name > $1 AND unlisted = 0 ORDER BY name", Read, after);

    public IReadOnlyList<Claim> Ended(bool online, DateTimeOffset by, int limit) =>
        [
            .. statements
                .Rows(
                    $"SELECT {Columns} FROM claims WHERE online = $1 AND ends <= $2 ORDER BY ends LIMIT $3",
                    Read,
                    online,
                    by.ToUnixTimeMilliseconds(),
                    limit
                )
                // A renewal may not be written yet.
                .Where(claim => claim.Ends <= by),
        ];

    public void Save(Claim claim)
    {
        Forget(claim.Username);
        _ = statements.Run(
            $"""
            INSERT INTO claims ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
              ON CONFLICT (name) DO UPDATE SET peer_id = $2, claimant = $3, sequence = $4, ephemeral = $5,
                unlisted = $6, takes_requests = $7, token_hash = $8, online = $9, ends = $10, last_seen = $11,
                observed = $12
            """,
            claim.Username,
            claim.PeerId,
            claim.Claimant,
            claim.Sequence,
            claim.Ephemeral,
            claim.Unlisted,
            claim.TakesRequests,
            claim.TokenHash,
            claim.Online,
            claim.Ends.ToUnixTimeMilliseconds(),
            claim.LastSeen.ToUnixTimeMilliseconds(),
            claim.ObservedAddress
        );
    }

    public void SaveRenewed(Claim claim)
    {
        _renewed[claim.Username] = claim.Ends;
        _ = _unwritten.Add(claim.Username);
    }

    public void SaveRecord(string name, SignedRecord record) =>
        statements.Run(
            """
            INSERT INTO records VALUES ($1, $2, $3, $4)
              ON CONFLICT (name) DO UPDATE SET record = $2, signature = $3, public_key = $4
            """,
            name,
            record.Record.ToArray(),
            record.Signature.ToArray(),
            record.PublicKey.ToArray()
        );

    public void Remove(string name)
    {
        Forget(name);
        _ = statements.Run("DELETE FROM claims WHERE name = $1", name);
        _ = statements.Run("DELETE FROM records WHERE name = $1", name);
    }

    /// <summary>Writes the renewals since the last call.</summary>
    public void WriteRenewals()
    {
        foreach (var name in _unwritten)
        {
            _ = statements.Run(
                "UPDATE claims SET ends = $2 WHERE name = $1",
                name,
                _renewed[name].ToUnixTimeMilliseconds()
            );
        }

        _unwritten.Clear();
    }

    /// <summary>Cuts deadlines that a clock ahead of this one has set.</summary>
    public void CutTo(DateTimeOffset lease, DateTimeOffset claim)
    {
        const string Sql = "UPDATE claims SET ends = $2 WHERE online = $1 AND ends > $2";
        _ = statements.Run(Sql, true, lease.ToUnixTimeMilliseconds());
        _ = statements.Run(Sql, false, claim.ToUnixTimeMilliseconds());
    }

    private void Forget(string name)
    {
        _ = _renewed.Remove(name);
        _ = _unwritten.Remove(name);
    }

    private Claim Read(SqliteDataReader reader)
    {
        var name = reader.GetString(0);
        return new Claim(
            name,
            reader.GetString(1),
            reader.GetString(2),
            reader.GetInt64(3),
            reader.GetFlag(4),
            reader.GetFlag(5),
            reader.GetFlag(6),
            reader.GetString(7),
            reader.GetFlag(8),
            _renewed.TryGetValue(name, out var ends) ? ends : reader.GetTime(9),
            reader.GetTime(10),
            reader.GetString(11)
        );
    }
}

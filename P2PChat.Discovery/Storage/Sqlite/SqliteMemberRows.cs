using Microsoft.Data.Sqlite;
using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>Join codes and members in SQLite.</summary>
internal sealed class SqliteMemberRows(SqliteStatements statements) : IMemberRows
{
    // No username contains it.
    private const char Separator = ' ';
    private const string MemberColumns = "peer_id, usernames, invited_by, code, joined, seen";

    public HeldCode? FindCode(string hash) =>
        statements.First(
            "SELECT maker, claimant, uses, expires, ends FROM codes WHERE hash = $1",
            reader => new HeldCode(
                new JoinCode(hash, reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetTime(3)),
                reader.GetTime(4)
            ),
            hash
        );

    public long CountMadeBy(string maker, DateTimeOffset by) =>
        statements.Number(
            "SELECT count(*) FROM codes WHERE maker = $1 AND ends > $2",
            maker,
            by.ToUnixTimeMilliseconds()
        );

    public long CountMadeFrom(string claimant, DateTimeOffset by) =>
        statements.Number(
            "SELECT count(*) FROM codes WHERE claimant = $1 AND ends > $2",
            claimant,
            by.ToUnixTimeMilliseconds()
        );

    public IReadOnlyList<string> CodesOf(string maker) =>
        [.. statements.Rows("SELECT hash FROM codes WHERE maker = $1", reader => reader.GetString(0), maker)];

    public void AddCode(HeldCode code)
    {
        RemoveCode(code.Code.Hash);
        _ = statements.Run(
            "INSERT INTO codes VALUES ($1, $2, $3, $4, $5, $6)",
            code.Code.Hash,
            code.Code.Maker,
            code.Code.Claimant,
            code.Code.Uses,
            code.Code.ExpiresAt.ToUnixTimeMilliseconds(),
            code.Ends.ToUnixTimeMilliseconds()
        );
    }

    public void RemoveCode(string hash)
    {
        _ = statements.Run("DELETE FROM codes WHERE hash = $1", hash);
        _ = statements.Run("DELETE FROM code_uses WHERE hash = $1", hash);
    }

    public void EndReservations(string hash, DateTimeOffset by) =>
        statements.Run(
            "DELETE FROM code_uses WHERE hash = $1 AND state = $2 AND reserved_until <= $3",
            hash,
            (long)CodeUseState.Reserved,
            by.ToUnixTimeMilliseconds()
        );

    public long CountUses(string hash) => statements.Number("SELECT count(*) FROM code_uses WHERE hash = $1", hash);

    public CodeUse? FindUse(string hash, string peerId) =>
        statements.First(
            "SELECT state, reserved_until FROM code_uses WHERE hash = $1 AND peer_id = $2",
            reader => new CodeUse(peerId, (CodeUseState)reader.GetInt64(0), reader.GetTime(1)),
            hash,
            peerId
        );

    public void SaveUse(string hash, CodeUse use) =>
        statements.Run(
            """
            INSERT INTO code_uses VALUES ($1, $2, $3, $4)
              ON CONFLICT (hash, peer_id) DO UPDATE SET state = $3, reserved_until = $4
            """,
            hash,
            use.PeerId,
            (long)use.State,
            use.ReservedUntil.ToUnixTimeMilliseconds()
        );

    public void RemoveUse(string hash, string peerId) =>
        statements.Run("DELETE FROM code_uses WHERE hash = $1 AND peer_id = $2", hash, peerId);

    public HeldMember? FindMember(string peerId) =>
        statements.First($"SELECT {MemberColumns} FROM members WHERE peer_id = $1", ReadMember, peerId);

    public IReadOnlyList<HeldMember> MembersAfter(string after, int limit) =>
        [
            .. statements.Rows(
                $"SELECT {MemberColumns} FROM members WHERE peer_id > $1 ORDER BY peer_id LIMIT $2",
                ReadMember,
                after,
                limit
            ),
        ];

    public void SaveMember(HeldMember member) =>
        statements.Run(
            $"""
            INSERT INTO members ({MemberColumns}) VALUES ($1, $2, $3, $4, $5, $6)
              ON CONFLICT (peer_id) DO UPDATE SET usernames = $2, seen = $6
            """,
            member.PeerId,
            string.Join(Separator, member.Usernames),
            member.InvitedBy,
            member.CodeHash,
            member.JoinedAt.ToUnixTimeMilliseconds(),
            member.LastSeen.ToUnixTimeMilliseconds()
        );

    public void RemoveMember(string peerId) => statements.Run("DELETE FROM members WHERE peer_id = $1", peerId);

    public int Sweep(DateTimeOffset codesBy, DateTimeOffset membersBy, int limit)
    {
        var codes = statements
            .Rows(
                "SELECT hash FROM codes WHERE ends <= $1 LIMIT $2",
                reader => reader.GetString(0),
                codesBy.ToUnixTimeMilliseconds(),
                limit
            )
            .ToList();
        codes.ForEach(RemoveCode);
        return codes.Count
            + statements.Run(
                """
                DELETE FROM members WHERE peer_id IN
                  (SELECT peer_id FROM members WHERE seen <= $1 ORDER BY seen LIMIT $2)
                """,
                membersBy.ToUnixTimeMilliseconds(),
                limit - codes.Count
            );
    }

    /// <summary>Cuts times that a clock ahead of this one has set.</summary>
    public void CutTo(DateTimeOffset codes, DateTimeOffset now)
    {
        _ = statements.Run("UPDATE codes SET ends = $1 WHERE ends > $1", codes.ToUnixTimeMilliseconds());
        _ = statements.Run("UPDATE members SET seen = $1 WHERE seen > $1", now.ToUnixTimeMilliseconds());
    }

    private static HeldMember ReadMember(SqliteDataReader reader) =>
        new(
            reader.GetString(0),
            reader.GetString(1).Split(Separator, StringSplitOptions.RemoveEmptyEntries),
            reader.GetString(2),
            reader.GetString(3),
            reader.GetTime(4),
            reader.GetTime(5)
        );
}

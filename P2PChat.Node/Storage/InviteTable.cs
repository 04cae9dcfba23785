using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Storage;

/// <summary>This peer's invites: the tables <c>invites</c> and <c>invite_uses</c>. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class InviteTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>Loads all invites.</summary>
    public IReadOnlyList<Invite> Load() =>
        database.Read(connection =>
        {
            var uses = connection
                .List("SELECT invite, peer_id, name, at FROM invite_uses ORDER BY at", reader =>
                    (
                        Invite: Convert.ToHexString(reader.GetBytes(0)),
                        Use: new InviteUse(
                            PeerId.FromHash(reader.GetBytes(1)),
                            Username.Parse(reader.GetString(2)),
                            reader.GetTime(3)
                        )
                    )
                )
                .ToLookup(use => use.Invite, use => use.Use);
            return connection.List(
                "SELECT id, secret, uses, created, expires, ended_as, ended_at FROM invites",
                reader => new Invite(
                    new InviteSecret(reader.GetBytes(1)),
                    (int)reader.GetInt64(2),
                    reader.GetTime(3),
                    reader.GetTime(4)
                )
                {
                    Joined = [.. uses[Convert.ToHexString(reader.GetBytes(0))]],
                    EndedAs = EndOf(reader.GetInt64(5)),
                    EndedAt = reader.GetTimeOrNull(6),
                }
            );
        });

    public Task AddAsync(Invite invite) =>
        writer.CallAsync(connection =>
            connection.Run(
                "INSERT INTO invites (id, secret, created, expires, uses) "
                    + "VALUES ($id, $secret, $created, $expires, $uses)",
                ("$id", invite.Secret.Id.ToArray()),
                ("$secret", invite.Secret.Bytes.ToArray()),
                ("$created", invite.CreatedAt.ToUnixTimeMilliseconds()),
                ("$expires", invite.ExpiresAt.ToUnixTimeMilliseconds()),
                ("$uses", (long)invite.Uses)
            )
        );

    /// <summary>Ends invites that have not been ended before.</summary>
    /// <param name="endedAs"><see cref="InviteValidity.Revoked"/> or <see cref="InviteValidity.Void"/>.</param>
    public Task EndAsync(IReadOnlyList<Invite> invites, InviteValidity endedAs, DateTimeOffset at) =>
        writer.CallAsync(connection =>
        {
            foreach (var invite in invites)
            {
                _ = connection.Run(
                    "UPDATE invites SET ended_as = $as, ended_at = $at WHERE id = $id AND ended_as = 0",
                    ("$id", invite.Secret.Id.ToArray()),
                    ("$as", endedAs == InviteValidity.Revoked ? 1L : 2L),
                    ("$at", at.ToUnixTimeMilliseconds())
                );
            }
        });

    /// <summary>Deletes invites, with the record of their uses.</summary>
    public Task DeleteAsync(IReadOnlyList<Invite> invites) =>
        writer.CallAsync(connection =>
        {
            foreach (var invite in invites)
            {
                _ = connection.Run("DELETE FROM invites WHERE id = $id", ("$id", invite.Secret.Id.ToArray()));
            }
        });

    /// <summary>Counts a use within the caller's transaction, unless the same key has used the invite before.</summary>
    public static void Use(SqliteConnection connection, ReadOnlyMemory<byte> invite, Username name, PeerId key)
    {
        (string, object?)[] parameters =
        [
            ("$invite", invite.ToArray()),
            ("$name", name.Value),
            ("$key", key.Bytes.ToArray()),
        ];
        _ = connection.Run(
            """
            INSERT INTO invite_uses (invite, peer_id, name, at)
            SELECT id, $key, $name, CAST(1000 * unixepoch('subsec') AS INTEGER) FROM invites WHERE id = $invite
            ON CONFLICT (invite, peer_id) DO NOTHING
            """,
            parameters
        );
        _ = connection.Run(
            """
            UPDATE contacts SET joined_by_invite = 1, verified_by = iif(
              verified_by = 0 AND EXISTS (SELECT 1 FROM invites WHERE id = $invite AND uses = 1), 2, verified_by)
            WHERE name = $name AND peer_id = $key
            """,
            parameters
        );
    }

    private static InviteValidity? EndOf(long value) =>
        value switch
        {
            0 => null,
            1 => InviteValidity.Revoked,
            _ => InviteValidity.Void,
        };
}

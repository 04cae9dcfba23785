using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The requests by mail that wait for an answer: the table <c>mail_requests</c>. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class MailRequestTable(StoreDatabase database, StoreWriter writer)
{
    public IReadOnlyList<MailRequest> Load() =>
        database.Read(connection =>
            connection.List(
                "SELECT peer_id, name, outgoing, capability, at, invite_state FROM mail_requests ORDER BY at",
                reader => new MailRequest(
                    PeerId.FromHash(reader.GetBytes(0)),
                    Username.Parse(reader.GetString(1)),
                    IsOutgoing: reader.GetInt64(2) != 0,
                    reader.GetBytes(3),
                    reader.GetTime(4)
                )
                {
                    Invite = reader.GetInt64(5) is > 0 and var state ? (InviteValidity)state : null,
                }
            )
        );

    /// <summary>Saves a request. Replaces an earlier one to or from the same peer.</summary>
    public Task SaveAsync(MailRequest request) =>
        writer.CallAsync(connection =>
            connection.Run(
                """
                INSERT OR REPLACE INTO mail_requests (peer_id, outgoing, name, capability, invite_state, at)
                VALUES ($key, $outgoing, $name, $capability, $invite, $at)
                """,
                ("$key", request.Remote.Bytes.ToArray()),
                ("$outgoing", request.IsOutgoing ? 1L : 0L),
                ("$name", request.Name.Value),
                ("$capability", request.Capability.ToArray()),
                ("$invite", (long)(request.Invite ?? 0)),
                ("$at", request.At.ToUnixTimeMilliseconds())
            )
        );

    /// <summary>Removes a request. The capability that came with this peer's own is revoked.</summary>
    public void Remove(PeerId remote, bool outgoing) =>
        writer.Call(connection =>
        {
            (string, object?)[] parameters = [("$key", remote.Bytes.ToArray()), ("$outgoing", outgoing ? 1L : 0L)];
            _ = connection.Run(
                "INSERT OR IGNORE INTO revoked SELECT capability FROM mail_requests "
                    + "WHERE peer_id = $key AND outgoing AND $outgoing",
                parameters
            );
            _ = connection.Run("DELETE FROM mail_requests WHERE peer_id = $key AND outgoing = $outgoing", parameters);
        });

    /// <summary>
    /// Removes the requests to and from a peer that has become a contact, within the caller's transaction. The contact
    /// keeps the capability that it was given with a request.
    /// </summary>
    public static void Answer(SqliteConnection connection, long peer)
    {
        _ = connection.Run(
            """
            UPDATE peers SET capability = coalesce(capability, (SELECT m.capability FROM mail_requests m
              WHERE m.peer_id = peers.peer_id AND m.outgoing)) WHERE id = $peer
            """,
            ("$peer", peer)
        );
        _ = connection.Run(
            "DELETE FROM mail_requests WHERE peer_id = (SELECT peer_id FROM peers WHERE id = $peer)",
            ("$peer", peer)
        );
    }
}

using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Storage;

/// <summary>The invites that this peer was given, one per inviter: the table <c>joined</c>. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class JoinedTable(StoreDatabase database, StoreWriter writer)
{
    public IReadOnlyList<JoinedInvite> Load() =>
        database.Read(connection =>
            connection.List(
                "SELECT name, peer_id, invite, secret, directory, at, directory_id FROM joined",
                reader => new JoinedInvite(
                    Username.Parse(reader.GetString(0)),
                    PeerId.FromHash(reader.GetBytes(1)),
                    reader.GetBytes(2),
                    reader.IsDBNull(3) ? null : new InviteSecret(reader.GetBytes(3)),
                    new Uri(reader.GetString(4)),
                    reader.GetTime(5)
                )
                {
                    DirectoryId = reader.IsDBNull(6) ? default(ReadOnlyMemory<byte>?) : reader.GetBytes(6),
                }
            )
        );

    /// <summary>Saves an invite. Replaces an earlier one of the same inviter.</summary>
    public Task SaveAsync(JoinedInvite joined) =>
        writer.CallAsync(connection =>
            connection.Run(
                """
                INSERT OR REPLACE INTO joined (peer_id, name, invite, secret, directory, directory_id, at)
                VALUES ($key, $name, $invite, $secret, $directory, $directory_id, $at)
                """,
                ("$key", joined.Key.Bytes.ToArray()),
                ("$name", joined.Inviter.Value),
                ("$invite", joined.InviteId.ToArray()),
                ("$secret", joined.Secret?.Bytes.ToArray()),
                ("$directory", joined.Directory.AbsoluteUri),
                ("$directory_id", joined.DirectoryId?.ToArray()),
                ("$at", joined.At.ToUnixTimeMilliseconds())
            )
        );
}

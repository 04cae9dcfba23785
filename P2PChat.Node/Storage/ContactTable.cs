using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The <c>contacts</c> table, and the sequence of this peer's last record. Thread-safe.</summary>
internal sealed class ContactTable(StoreDatabase database, StoreWriter writer) : IContactStore
{
    private const string OwnSequenceKey = "own_sequence";

    public (ulong OwnSequence, Dictionary<Username, StoredContact> Contacts) Load()
    {
        try
        {
            return database.Read(connection =>
                (
                    connection.Scalar("SELECT value FROM meta WHERE key = $key", ("$key", OwnSequenceKey)) is byte[] own
                        ? BinaryPrimitives.ReadUInt64BigEndian(own)
                        : 0,
                    connection
                        .List(
                            "SELECT name, peer_id, sequence, nickname, verified_by, blocked, stranger, other_keys, "
                                + "joined_by_invite FROM contacts",
                            ContactOf
                        )
                        .ToDictionary()
                )
            );
        }
        catch (StoreException exception)
        {
            // Without them every pinned key would be forgotten unnoticed.
            throw new PeerStartException(exception.Message, exception);
        }
    }

    public void Save(IReadOnlyDictionary<Username, StoredContact?> contacts, ulong? ownSequence) =>
        writer.Call(connection => Save(connection, contacts, ownSequence));

    /// <summary>Saves changes within the caller's transaction.</summary>
    public static void Save(
        SqliteConnection connection,
        IReadOnlyDictionary<Username, StoredContact?> contacts,
        ulong? ownSequence
    )
    {
        if (ownSequence is { } own)
        {
            var value = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(value, own);
            _ = connection.Run(
                "INSERT INTO meta VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                ("$key", OwnSequenceKey),
                ("$value", value)
            );
        }

        foreach (var (name, changed) in contacts)
        {
            if (changed is { } contact)
            {
                Save(connection, name, contact);
            }
            else
            {
                _ = connection.Run("DELETE FROM contacts WHERE name = $name", ("$name", name.Value));
                _ = connection.Run(ChatMarkTable.ForgetAcceptance, ("$name", name.Value));
            }
        }
    }

    /// <summary>Pins a name to a key within the caller's transaction, if it is not pinned yet.</summary>
    public static void Pin(SqliteConnection connection, Username name, PeerId key) =>
        connection.Run(
            """
            INSERT INTO contacts (name, peer_id) VALUES ($name, $key)
            ON CONFLICT (name) DO UPDATE SET peer_id = excluded.peer_id WHERE contacts.peer_id IS NULL
            """,
            ("$name", name.Value),
            ("$key", key.Bytes.ToArray())
        );

    private static void Save(SqliteConnection connection, Username name, StoredContact contact)
    {
        _ = connection.Run(
            ChatMarkTable.ForgetAcceptance
                + " AND EXISTS (SELECT 1 FROM contacts WHERE name = $name AND peer_id IS NOT NULL AND peer_id <> $key)",
            ("$name", name.Value),
            ("$key", contact.PeerId?.Bytes.ToArray())
        );
        _ = connection.Run(
            """
            INSERT OR REPLACE INTO contacts
              (name, peer_id, sequence, nickname, verified_by, blocked, stranger, other_keys, joined_by_invite)
            VALUES ($name, $key, $sequence, $nickname, $verified, $blocked, $stranger, $other, $joined)
            """,
            ("$name", name.Value),
            ("$key", contact.PeerId?.Bytes.ToArray()),
            ("$sequence", unchecked((long)contact.Sequence)),
            ("$nickname", contact.Nickname),
            ("$verified", (long)contact.VerifiedBy),
            ("$blocked", contact.Blocked ? 1L : 0L),
            ("$stranger", contact.Stranger ? 1L : 0L),
            ("$other", contact.OtherKeys.SelectMany(key => key.Bytes.ToArray()).ToArray()),
            ("$joined", contact.JoinedByInvite ? 1L : 0L)
        );
        if (contact.Blocked)
        {
            RemoveFromConversations(connection, name, contact.PeerId);
        }
    }

    // In the same transaction, so that a crash leaves no blocked peer that is accepted.
    private static void RemoveFromConversations(SqliteConnection connection, Username name, PeerId? key)
    {
        const string Accepted = "accepted AND (username = $name OR peer_id = $key)";
        (string, object?)[] parameters = [("$name", name.Value), ("$key", key?.Bytes.ToArray())];
        _ = connection.Run(
            $"INSERT OR IGNORE INTO revoked SELECT capability FROM peers WHERE capability IS NOT NULL AND {Accepted}",
            parameters
        );
        _ = connection.Run(
            "UPDATE peers SET accepted = 0, for_rooms = 0, unconfirmed = 0, introduction = 0, capability = NULL, "
                + "their_capability = NULL "
                + $"WHERE {Accepted}",
            parameters
        );
    }

    private static KeyValuePair<Username, StoredContact> ContactOf(SqliteDataReader reader) =>
        new(
            Username.Parse(reader.GetString(0)),
            new StoredContact(
                reader.IsDBNull(1) ? null : PeerId.FromHash(reader.GetBytes(1)),
                unchecked((ulong)reader.GetInt64(2)),
                reader.GetStringOrNull(3),
                (VerifiedBy)reader.GetInt64(4),
                Blocked: reader.GetInt64(5) != 0,
                Stranger: reader.GetInt64(6) != 0,
                JoinedByInvite: reader.GetInt64(8) != 0
            )
            {
                OtherKeys = KeysOf(reader.GetBytes(7)),
            }
        );

    private static IReadOnlyList<PeerId> KeysOf(byte[] ids) =>
        ids.Length == 0 ? [] : [.. ids.Chunk(PeerId.Size).Select(id => PeerId.FromHash(id))];
}

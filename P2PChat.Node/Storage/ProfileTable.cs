using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Storage;

/// <summary>The tables <c>own_profile</c> and <c>profiles</c>. Thread-safe.</summary>
internal sealed class ProfileTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>Loads this peer's own profile, and those of others without their pictures.</summary>
    /// <param name="damaged">Called with the number of each row that is left out; 0 for the own profile.</param>
    /// <exception cref="PeerStartException">The profiles cannot be read.</exception>
    /// <returns>Those of others in the order in which they were received.</returns>
    public (PeerProfile Own, IReadOnlyList<KeyValuePair<PeerId, ContactProfile>> Others) Load(Action<long> damaged)
    {
        try
        {
            return database.Read(connection =>
                (
                    connection
                        .ListSound(
                            "SELECT id, version, display_name, picture FROM own_profile",
                            reader => new PeerProfile(
                                VersionOf(reader),
                                reader.GetString(2),
                                reader.IsDBNull(3) ? default : reader.GetBytes(3)
                            ),
                            _ => damaged(0)
                        )
                        .FirstOrDefault(PeerProfile.None),
                    (IReadOnlyList<KeyValuePair<PeerId, ContactProfile>>)
                        connection.ListSound(
                            "SELECT rowid, version, display_name, picture IS NOT NULL, peer_id FROM profiles "
                                + "ORDER BY received_at",
                            reader =>
                                KeyValuePair.Create(
                                    PeerId.FromHash(reader.GetBytes(4)),
                                    new ContactProfile(
                                        VersionOf(reader),
                                        DisplayNames.Clean(reader.GetString(2)),
                                        HasPicture: reader.GetInt64(3) != 0
                                    )
                                ),
                            damaged
                        )
                )
            );
        }
        catch (StoreException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }

    /// <exception cref="StoreException">The picture cannot be read.</exception>
    public ReadOnlyMemory<byte> PictureOf(PeerId key) =>
        database.Read(connection =>
            connection.Scalar("SELECT picture FROM profiles WHERE peer_id = $key", ("$key", key.Bytes.ToArray()))
                as byte[]
            ?? default
        );

    /// <exception cref="StoreException">The profile cannot be saved.</exception>
    public void SaveOwn(PeerProfile profile) =>
        writer.Call(connection =>
            connection.Run(
                "INSERT OR REPLACE INTO own_profile (id, version, display_name, picture) VALUES (1, $version, $name, "
                    + "$picture)",
                ("$version", profile.Version),
                ("$name", profile.DisplayName),
                ("$picture", BytesOf(profile))
            )
        );

    /// <summary>Saves the profile of a contact. Does nothing if the peer is no longer one.</summary>
    /// <exception cref="StoreException">The profile cannot be saved.</exception>
    public Task SaveAsync(PeerId key, PeerProfile profile, DateTimeOffset now) =>
        writer.CallAsync(connection =>
            connection.Run(
                "INSERT OR REPLACE INTO profiles (peer_id, version, display_name, picture, received_at) "
                    + "SELECT $key, $version, $name, $picture, $now "
                    + "WHERE EXISTS (SELECT 1 FROM peers WHERE peer_id = $key AND accepted AND NOT for_rooms)",
                ("$key", key.Bytes.ToArray()),
                ("$version", profile.Version),
                ("$name", profile.DisplayName),
                ("$picture", BytesOf(profile)),
                ("$now", now.ToUnixTimeMilliseconds())
            )
        );

    /// <summary>Deletes a picture, and the version, so that the profile is asked for again.</summary>
    /// <exception cref="StoreException">The picture cannot be deleted.</exception>
    public Task DropPictureAsync(PeerId key) =>
        writer.CallAsync(connection =>
            connection.Run(
                "UPDATE profiles SET picture = NULL, version = 0 WHERE peer_id = $key",
                ("$key", key.Bytes.ToArray())
            )
        );

    private static long VersionOf(SqliteDataReader reader) =>
        reader.GetInt64(1) is >= 0 and var version ? version : throw new FormatException("A version is negative.");

    private static byte[]? BytesOf(PeerProfile profile) => profile.Picture.IsEmpty ? null : profile.Picture.ToArray();
}

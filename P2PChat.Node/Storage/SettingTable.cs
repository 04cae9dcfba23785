using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;

namespace P2PChat.Node.Storage;

/// <summary>The <c>settings</c> table: the settings that the user has chosen. Thread-safe.</summary>
internal sealed class SettingTable(StoreDatabase database, StoreWriter writer)
{
    /// <exception cref="PeerStartException">The settings cannot be read.</exception>
    public Dictionary<string, string> Load()
    {
        try
        {
            return database.Read(connection =>
                connection
                    .List("SELECT name, value FROM settings", reader =>
                        KeyValuePair.Create(reader.GetString(0), reader.GetString(1))
                    )
                    .ToDictionary()
            );
        }
        catch (StoreException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }

    /// <param name="value">Null to remove the choice.</param>
    /// <exception cref="StoreException">The choice cannot be saved.</exception>
    public void Save(string name, string? value) => writer.Call(connection => Save(connection, name, value));

    /// <inheritdoc cref="Save(string, string?)"/>
    /// <remarks>Within the caller's transaction.</remarks>
    public static void Save(SqliteConnection connection, string name, string? value) =>
        _ = value is null
            ? connection.Run("DELETE FROM settings WHERE name = $name", ("$name", name))
            : connection.Run(
                "INSERT OR REPLACE INTO settings (name, value) VALUES ($name, $value)",
                ("$name", name),
                ("$value", value)
            );
}

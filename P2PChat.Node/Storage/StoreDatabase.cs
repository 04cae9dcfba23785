using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>Where the rows are: in a <see cref="StoreFile"/>, or in <see cref="StoreMemory"/>. Thread-safe.</summary>
internal abstract class StoreDatabase : IDisposable
{
    /// <summary>Whether it lives no longer than its process.</summary>
    public abstract bool IsTemporary { get; }

    /// <summary>A connection; the caller's to dispose.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public abstract SqliteConnection Connect();

    /// <summary>Reads what has been committed.</summary>
    public virtual T Read<T>(Func<SqliteConnection, T> read)
    {
        using var connection = Connect();
        return read(connection);
    }

    /// <summary>Lets the one who writes make a transaction.</summary>
    public virtual void Write(Action transact) => transact();

    public abstract void Dispose();

    /// <param name="pragmas">Pragmas that apply to this connection only.</param>
    protected static SqliteConnection Open(string connectionString, string pragmas)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            StoreSchema.Execute(connection, pragmas);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected static void PutOwner(SqliteConnection connection, ReadOnlySpan<byte> self)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO meta VALUES ('identity', $self)";
        _ = command.Parameters.AddWithValue("$self", self.ToArray());
        _ = command.ExecuteNonQuery();
    }
}

using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>The database: a <see cref="StoreFile"/> or a <see cref="StoreMemory"/>. Thread-safe.</summary>
internal abstract class StoreDatabase : IDisposable
{
    /// <summary>Whether its content is lost when the process ends.</summary>
    public abstract bool IsTemporary { get; }

    /// <summary>Opens a connection; the caller disposes it.</summary>
    /// <exception cref="SqliteException">The database cannot be opened.</exception>
    public abstract SqliteConnection Connect();

    /// <summary>Reads committed rows from one snapshot.</summary>
    /// <exception cref="StoreException">The rows cannot be read.</exception>
    public T Read<T>(Func<SqliteConnection, T> read) =>
        ReadOutsideTransaction(connection =>
        {
            // Otherwise the second of two statements would see rows that were committed after the first.
            using var transaction = connection.BeginTransaction(deferred: true);
            return read(connection);
        });

    /// <summary>Runs one statement that SQLite refuses in a transaction: VACUUM INTO, or a checkpoint.</summary>
    /// <exception cref="StoreException">The rows cannot be read.</exception>
    public T ReadOutsideTransaction<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            return ReadCommitted(read);
        }
        catch (Exception exception)
            when (exception is SqliteException or ObjectDisposedException or (IOException and not StoreException)
                || StoreException.IsBadValue(exception)
            )
        {
            throw StoreException.OfReading(exception);
        }
    }

    /// <summary>Lets the writer run a transaction.</summary>
    public virtual void Write(Action transact) => transact();

    public abstract void Dispose();

    protected virtual T ReadCommitted<T>(Func<SqliteConnection, T> read)
    {
        using var connection = Connect();
        return read(connection);
    }

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

    protected static void SaveOwner(SqliteConnection connection, ReadOnlySpan<byte> self) =>
        connection.Run("INSERT INTO meta VALUES ('identity', $self)", ("$self", self.ToArray()));
}

using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>Prepared statements of a connection, each kept for the next call. Not thread-safe.</summary>
internal sealed class SqliteStatements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>Whether a transaction is open. SQLite itself ends one when the disk fails.</summary>
    public bool InTransaction => connection.Handle is { } handle && raw.sqlite3_get_autocommit(handle) == 0;

    /// <summary>Runs a statement.</summary>
    /// <param name="sql">A constant with parameters <c>$1</c>, <c>$2</c>, …</param>
    /// <returns>Number of changed rows.</returns>
    public int Run(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Reads a number from the first row; 0 if there is none.</summary>
    public long Number(string sql, params ReadOnlySpan<object> values) =>
        Prepare(sql, values).ExecuteScalar() is long number ? number : 0;

    /// <summary>Reads a text from the first row; null if there is none.</summary>
    public string? Text(string sql, params ReadOnlySpan<object> values) =>
        Prepare(sql, values).ExecuteScalar() as string;

    /// <summary>Reads the first row; null if there is none.</summary>
    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
        where T : class
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : null;
    }

    /// <summary>Reads rows lazily. The statement cannot run again before the enumeration ends.</summary>
    public IEnumerable<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params object[] values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        while (reader.Read())
        {
            yield return read(reader);
        }
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // It is a constant.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var i = 1; i <= values.Length; i++)
            {
                _ = command.Parameters.AddWithValue("$" + i.ToString(CultureInfo.InvariantCulture), null);
            }

            _commands.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }
}

using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// A prepared statement that runs for each message without the allocations of a command. Values stay bound until they
/// are bound again. Not thread-safe.
/// </summary>
internal sealed class StoreStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    // The bound numbers, because most do not change from one message to the next.
    private readonly long?[] _numbers;
    private byte[] _text = new byte[1024];

    /// <param name="sql">With parameters <c>?1</c>, <c>?2</c>, …</param>
    /// <exception cref="SqliteException">The statement cannot be prepared.</exception>
    public StoreStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
        _numbers = new long?[raw.sqlite3_bind_parameter_count(_statement) + 1];
    }

    public StoreStatement Bind(int index, long value)
    {
        if (_numbers[index] != value)
        {
            Check(raw.sqlite3_bind_int64(_statement, index, value));
            _numbers[index] = value;
        }

        return this;
    }

    public StoreStatement Bind(int index, ulong value) => Bind(index, (long)value);

    public StoreStatement Bind(int index, long? value)
    {
        if (value is { } number)
        {
            return Bind(index, number);
        }

        Check(raw.sqlite3_bind_null(_statement, index));
        _numbers[index] = null;
        return this;
    }

    public StoreStatement Bind(int index, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(index, bytes);
    }

    public StoreStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    public StoreStatement BindOrNull(int index, byte[]? value)
    {
        if (value is not null)
        {
            return Bind(index, value.AsSpan());
        }

        Check(raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    public StoreStatement Bind(int index, string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, index));
        }
        else if (value.Length == 0)
        {
            // An empty span would bind NULL.
            Check(raw.sqlite3_bind_text(_statement, index, value));
        }
        else
        {
            if (_text.Length < Encoding.UTF8.GetMaxByteCount(value.Length))
            {
                _text = new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
            }

            return BindText(index, _text.AsSpan(0, Encoding.UTF8.GetBytes(value, _text)));
        }

        return this;
    }

    /// <param name="utf8">Not empty, because an empty span would bind NULL.</param>
    public StoreStatement BindText(int index, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, index, utf8));
        return this;
    }

    /// <summary>Runs the statement.</summary>
    /// <returns>The number of changed rows.</returns>
    /// <exception cref="SqliteException">The statement failed.</exception>
    public int Run()
    {
        End(raw.sqlite3_step(_statement));
        return raw.sqlite3_changes(_database);
    }

    /// <summary>Runs a query.</summary>
    /// <returns>The number in the first row; 0 if there is none.</returns>
    /// <exception cref="SqliteException">The statement failed.</exception>
    public long Find()
    {
        var code = raw.sqlite3_step(_statement);
        var found = code == raw.SQLITE_ROW ? raw.sqlite3_column_int64(_statement, 0) : 0;
        End(code);
        return found;
    }

    public void Dispose() => _statement.Dispose();

    private void End(int code)
    {
        // Returns the code of the step again.
        _ = raw.sqlite3_reset(_statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }
}

using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Peer.Storage;

/// <summary>
/// A statement that the writer prepares once, and runs for each message: without a command's reader, its lists and boxes.
/// Not thread-safe.
/// </summary>
internal sealed class StoreStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _indexes;
    private byte[] _text = new byte[1024];

    /// <exception cref="SqliteException">It cannot be prepared.</exception>
    public StoreStatement(sqlite3 database, string sql, ReadOnlySpan<(string Name, StoreValue Value)> parameters)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
        _indexes = new int[parameters.Length];
        for (var i = 0; i < _indexes.Length; i++)
            _indexes[i] = raw.sqlite3_bind_parameter_index(_statement, parameters[i].Name);
    }

    /// <param name="parameters">In the order in which they were when it was prepared.</param>
    /// <returns>How many rows it has changed, if it is one that changes rows.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public int Run(ReadOnlySpan<(string Name, StoreValue Value)> parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
            Check(Bind(_indexes[i], parameters[i].Value));
        var code = raw.sqlite3_step(_statement);
        // Gives the code of the step once more.
        _ = raw.sqlite3_reset(_statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            SqliteException.ThrowExceptionForRC(code, _database);
        return raw.sqlite3_changes(_database);
    }

    public void Dispose() => _statement.Dispose();

    private int Bind(int index, StoreValue value)
    {
        switch (value.Content)
        {
            case null:
                return value.Kind switch
                {
                    StoreValueKind.Null => raw.sqlite3_bind_null(_statement, index),
                    StoreValueKind.Guid => Bind(index, value.Guid),
                    _ => raw.sqlite3_bind_int64(_statement, index, value.Number),
                };
            case byte[] bytes:
                return raw.sqlite3_bind_blob(_statement, index, bytes);
            // A span without bytes would be NULL.
            case string { Length: 0 } empty:
                return raw.sqlite3_bind_text(_statement, index, empty);
            case string text:
                if (_text.Length < Encoding.UTF8.GetMaxByteCount(text.Length))
                    _text = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
                return raw.sqlite3_bind_text(_statement, index, _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text)));
            default:
                throw new InvalidOperationException($"A {value.Content.GetType()} cannot be stored.");
        }
    }

    private int Bind(int index, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = id.TryWriteBytes(bytes, bigEndian: true, out _);
        return raw.sqlite3_bind_blob(_statement, index, bytes);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, _database);
    }
}

internal enum StoreValueKind
{
    Null,
    Number,
    Guid,
    Content,
}

/// <summary>What a parameter is set to.</summary>
internal readonly struct StoreValue
{
    private StoreValue(StoreValueKind kind, long number, Guid guid, object? content) => (Kind, Number, Guid, Content) = (kind, number, guid, content);

    public StoreValueKind Kind { get; }

    public long Number { get; }

    public Guid Guid { get; }

    public object? Content { get; }

    public static implicit operator StoreValue(long number) => new(StoreValueKind.Number, number, default, null);

    public static implicit operator StoreValue(Guid guid) => new(StoreValueKind.Guid, 0, guid, null);

    public static implicit operator StoreValue(string? text) => text is null ? default : new(StoreValueKind.Content, 0, default, text);

    public static implicit operator StoreValue(byte[] bytes) => new(StoreValueKind.Content, 0, default, bytes);
}

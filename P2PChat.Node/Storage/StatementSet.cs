using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>Prepared statements of the writer's connection. Not thread-safe.</summary>
internal abstract class StatementSet(SqliteConnection connection) : IDisposable
{
    private readonly List<StoreStatement> _statements = [];

    protected SqliteConnection Connection { get; } = connection;

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }
    }

    /// <exception cref="SqliteException">The file is damaged.</exception>
    protected StoreStatement Prepare(string sql)
    {
        var statement = new StoreStatement(Connection.Handle!, sql);
        _statements.Add(statement);
        return statement;
    }
}

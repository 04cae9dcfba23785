using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>
/// Commands that run often, prepared once per connection and disposed with it. Used by one thread.
/// </summary>
internal sealed class PreparedCommands(SqliteConnection connection)
{
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    /// <summary>Runs a statement.</summary>
    /// <param name="sql">One of a few constants: it never holds input.</param>
    public void Run(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            _commands[sql] = command = connection.Command(sql, parameters);
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
        }

        try
        {
            _ = command.ExecuteNonQuery();
        }
        finally
        {
            // A text must not stay in memory once it is deleted.
            foreach (SqliteParameter parameter in command.Parameters)
            {
                parameter.Value = DBNull.Value;
            }
        }
    }
}

using System.Diagnostics;
using Microsoft.Data.Sqlite;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures messages committed by both peers, compared with SQLite alone.</summary>
internal sealed class DurableRow : ChatRow
{
    private readonly TempFolder _files = new();
    private int _count;
    private (int Sender, int Receiver) _batches = (1, 1);

    public override string Id => "durable";

    public override string Measures =>
        "acknowledged messages of 256 B per second, 1,024 in flight, each committed by sender and receiver";

    public override string Floor =>
        "SQLite committing as many rows of 256 B to two files at once, with as many rows per transaction";

    public override IReadOnlyList<Figure> Figures { get; } = [new("messages", "1/s", Aim.RatioAtLeast(0.5))];

    public override async Task OpenAsync(Effort effort)
    {
        await base.OpenAsync(effort);
        _count = effort.Of(30_000, 3_000);
        for (var i = 0; i < effort.Of(3, 1); i++)
        {
            _ = await MeasureAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var before = Durable.Commits;
        var after = before;
        var sample = await MeasureAndFlushAsync(async () =>
        {
            var timed = await TimeAsync(() => Durable.SendAsync(_count));
            after = Durable.Commits;
            return timed;
        });
        _batches = (Batch(after.Sender - before.Sender), Batch(after.Receiver - before.Receiver));
        return [sample];
    }

    public override async Task<Sample?[]> FloorAsync() =>
        [
            await TimeAsync(() =>
                Task.WhenAll(
                    Task.Run(() => CommitRows("sender", _batches.Sender)),
                    Task.Run(() => CommitRows("receiver", _batches.Receiver))
                )
            ),
        ];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _files.Delete();
    }

    private int Batch(long commits) => (int)Math.Max(1, _count / Math.Max(1, commits));

    private async Task<Sample> TimeAsync(Func<Task> work)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        await work();
        return new Sample(
            _count / Stopwatch.GetElapsedTime(started).TotalSeconds,
            (ProcessUsage.OwnCpuMicroseconds() - cpu) / _count
        );
    }

    private void CommitRows(string name, int batch)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path.Combine(_files.FullName, name + ".db") }.ToString()
        );
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -8192;
            CREATE TABLE IF NOT EXISTS rows (position INTEGER PRIMARY KEY, text BLOB);
            """;
        _ = command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO rows (text) VALUES ($text)";
        _ = command.Parameters.AddWithValue("$text", Bytes.ToArray());
        for (var written = 0; written < _count; written += batch)
        {
            using var transaction = connection.BeginTransaction();
            command.Transaction = transaction;
            for (var i = written; i < Math.Min(_count, written + batch); i++)
            {
                _ = command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }
}

using System.Diagnostics;
using Microsoft.Data.Sqlite;
using P2PChat.Bench.Processes;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the cost of indexing a message for search.</summary>
internal sealed class SearchIndexRow : PathRow
{
    private static readonly string[] Texts =
    [
        "Shall we meet at the station tomorrow, at about half past nine?",
        "On se retrouve demain à la gare, vers neuf heures et demie, ça te va ?",
        "我们明天早上九点半左右在火车站见面好吗？",
    ];

    private readonly TempFolder _data = new();
    private StoreFile _file = null!;
    private SqliteConnection _connection = null!;
    private int _messages;

    public override string Id => "search";

    public override string Measures => "indexing a message for search, in batches: English, French and Chinese";

    public override string? Floor =>
        "SQLite's own tokenizer (unicode61), which does not find words inside a Chinese sentence";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("English", "µs", Aim.RatioAtMost(1.5)),
        new("French", "µs", Aim.RatioAtMost(2)),
        new("Chinese", "µs", Aim.RatioAtMost(3)),
    ];

    public override Task OpenAsync(Effort effort)
    {
        _messages = effort.Of(100_000, 20_000);
        _file = StoreFile.Open(_data.FullName, PeerId.FromHash(new byte[PeerId.Size]));
        _connection = _file.Connect();
        StoreSchema.Execute(
            _connection,
            $"""
            PRAGMA synchronous = OFF;
            BEGIN;
            INSERT INTO peers (id, peer_id, username, accepted, epoch) VALUES (1, randomblob(32), 'friend', 1, 1);
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_messages})
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, text)
            SELECT 1, 0, randomblob(16), 1, i, 1700000000000 + i, 4, '' FROM n;
            COMMIT;
            """
        );
        return MeasureAsync();
    }

    public override Task<Sample[]> MeasureAsync() =>
        Task.FromResult(
            Texts
                .Select(text =>
                {
                    SetTexts(text);
                    StoreSchema.Execute(
                        _connection,
                        "INSERT INTO words (words) VALUES ('delete-all'); UPDATE searchable SET up_to = 0, back_to = 0;"
                    );
                    using var words = new SearchIndexer(_connection);
                    return Time(_ => words.IndexSome());
                })
                .ToArray()
        );

    public override Task<Sample?[]> FloorAsync() =>
        Task.FromResult(
            Texts
                .Select(text =>
                {
                    SetTexts(text);
                    StoreSchema.Execute(
                        _connection,
                        """
                        CREATE VIRTUAL TABLE floor USING fts5
                            (text, content='messages', content_rowid='position', tokenize='unicode61');
                        """
                    );
                    var sample = Time(from =>
                    {
                        StoreSchema.Execute(
                            _connection,
                            $"""
                            INSERT INTO floor (rowid, text) SELECT position, text FROM messages
                            WHERE position > {from} AND position <= {from + SearchIndexer.Batch}
                            """
                        );
                        return from + SearchIndexer.Batch < _messages;
                    });
                    StoreSchema.Execute(_connection, "DROP TABLE floor;");
                    return (Sample?)sample;
                })
                .ToArray()
        );

    public override ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        _file?.Dispose();
        SqliteConnection.ClearAllPools();
        _data.Delete();
        return ValueTask.CompletedTask;
    }

    // The number varies the text.
    private void SetTexts(string text) =>
        StoreSchema.Execute(_connection, $"UPDATE messages SET text = '{text} ' || position % 1009;");

    private Sample Time(Func<long, bool> indexSome)
    {
        var started = Stopwatch.GetTimestamp();
        var more = true;
        for (var from = 0L; more; from += SearchIndexer.Batch)
        {
            StoreSchema.Execute(_connection, "BEGIN;");
            more = indexSome(from);
            StoreSchema.Execute(_connection, "COMMIT;");
        }

        return new Sample(Stopwatch.GetElapsedTime(started).TotalMicroseconds / _messages);
    }
}

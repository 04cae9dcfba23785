using System.Diagnostics;
using Microsoft.Data.Sqlite;
using P2PChat.Bench.Processes;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures paging and search in a history of a million messages.</summary>
internal sealed class HistoryRow : PathRow
{
    private const int PageSize = 50;
    private const int Times = 40;
    private static readonly Username With = Username.Parse("friend");

    private readonly TempFolder _data = new();
    private StoreFile _file = null!;
    private MessageTable _messages = null!;

    public override string Id => "history";

    public override string Measures =>
        "the last page of a conversation of 1,000,000 messages, and searches in it: for a word in every message, "
        + "words that few messages contain, and a word inside Chinese sentences";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("last page", "ms", Aim.AtMost(100)),
        new("common word", "ms", Aim.AtMost(200)),
        new("rare words", "ms", Aim.AtMost(200)),
        new("Chinese word", "ms", Aim.AtMost(200)),
    ];

    public override Task OpenAsync(Effort effort)
    {
        _file = BenchStore.Create(_data.FullName, effort.Of(1_000_000, 20_000));
        _messages = new MessageTable(_file, Username.Parse("self"));
        return Task.CompletedTask;
    }

    public override Task<Sample[]> MeasureAsync() =>
        Task.FromResult<Sample[]>([
            new(Median(() => _messages.Page(With, null, null, PageSize)!.Messages.Count == PageSize)),
            new(Median(() => _messages.Search("hello", null, PageSize).Messages.Count == PageSize)),
            // "w7" is in one message of 1,009, and "hello" is in every message.
            new(Median(() => _messages.Search("w7 hello", null, PageSize).Messages.Count > 0)),
            // In half of the messages.
            new(Median(() => _messages.Search("火车站", null, PageSize).Messages.Count == PageSize)),
        ]);

    public override ValueTask DisposeAsync()
    {
        _file?.Dispose();
        SqliteConnection.ClearAllPools();
        _data.Delete();
        return ValueTask.CompletedTask;
    }

    private static double Median(Func<bool> found)
    {
        var times = new double[Times];
        for (var i = 0; i < times.Length; i++)
        {
            var started = Stopwatch.GetTimestamp();
            if (!found())
            {
                throw new InvalidOperationException("The history lacks messages that were inserted.");
            }

            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        return Numbers.Percentile(times, 50);
    }
}

/// <summary>Fills stores with bulk SQL statements instead of message by message.</summary>
internal static class BenchStore
{
    /// <summary>Creates a store with one conversation, with "friend".</summary>
    public static StoreFile Create(string directory, int messages)
    {
        var file = StoreFile.Open(directory, PeerId.FromHash(new byte[PeerId.Size]));
        using var connection = file.Connect();
        StoreSchema.Execute(
            connection,
            $"""
            PRAGMA synchronous = OFF;
            BEGIN;
            INSERT INTO peers (id, peer_id, username, accepted, epoch, base, next)
            VALUES (1, randomblob(32), 'friend', 1, 1, {messages} + 1, {messages} + 1);
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {messages})
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, text)
            SELECT 1, i % 2, randomblob(16), 1, i, 1700000000000 + i, 2,
                'hello number w' || (i % 1009) || iif(i % 2, ', how do you do', ' 我们明天在火车站见面吗')
            FROM n;
            COMMIT;
            BEGIN;
            """
        );
        using (var words = new SearchIndexer(connection))
        {
            while (words.IndexSome()) { }
        }

        StoreSchema.Execute(connection, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE);");
        return file;
    }

    /// <summary>Adds conversations with "friend-1" and so on to the store of a stopped peer.</summary>
    /// <param name="messages">
    /// The number of messages in each, ten minutes apart, the last of them now and with the friend's name.
    /// </param>
    public static void AddConversations(string path, int conversations, int messages = 1)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()
        );
        connection.Open();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        StoreSchema.Execute(
            connection,
            $"""
            BEGIN;
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {conversations})
            INSERT INTO peers (peer_id, username, accepted, epoch) SELECT randomblob(32), 'friend-' || i, 1, 1 FROM n;
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {messages})
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, text)
            SELECT p.id, (i + 1) % 2, randomblob(16), 1, i, {now} - ({messages} - i) * 600000, iif(i % 2, 7, 2),
              'message ' || i || ' with ' || p.username || iif(i % 4, '', ', which has' || char(10) || 'another line')
            FROM peers p, n WHERE p.username LIKE 'friend-%' ORDER BY p.id, i;
            COMMIT;
            """
        );
    }
}

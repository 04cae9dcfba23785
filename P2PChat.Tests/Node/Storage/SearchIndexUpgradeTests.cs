using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Rebuilding an older version's search index in the background.</summary>
public sealed class SearchIndexUpgradeTests : IDisposable
{
    private const int WithWordsOfSqlite = 3;
    private const int Messages = (4 * SearchIndexer.OlderBatch) + 100;

    private readonly TempDirectory _temporary = new();
    private readonly PeerIdentity _identity = PeerIdentity.Create();

    public SearchIndexUpgradeTests() => Make();

    public void Dispose()
    {
        _identity.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Older_index_is_rebuilt_from_the_newest_message_and_resumes()
    {
        using (var file = StoreFile.Open(_temporary.Path, _identity.PeerId))
        using (var connection = file.Connect())
        {
            // The start itself has indexed nothing.
            using var words = new SearchIndexer(connection);
            Assert.Equal(Messages, words.Behind);
            Assert.Empty(Found(file, "车站"));

            Assert.True(words.IndexSome());
            Assert.Equal(Newest(SearchIndexer.OlderBatch), Found(file, "车站"));
            Assert.True(Search(file, "车站").Indexing);

            // A process killed during a slice.
            StoreSchema.Execute(connection, "BEGIN");
            Assert.True(words.IndexSome());
            StoreSchema.Execute(connection, "ROLLBACK");
        }

        using var again = StoreFile.Open(_temporary.Path, _identity.PeerId);
        using var other = again.Connect();
        using var rest = new SearchIndexer(other);
        Assert.Equal(Newest(SearchIndexer.OlderBatch), Found(again, "车站"));
        Add(other, Messages + 1);
        Assert.True(rest.IndexSome());
        Assert.Equal(Newest(SearchIndexer.OlderBatch + 1, Messages + 1), Found(again, "车站"));
        while (rest.IndexSome()) { }

        Assert.Equal(Newest(Messages + 1, Messages + 1), Found(again, "车站"));
        Assert.False(Search(again, "车站").Indexing);
        Assert.Equal(0, rest.Behind);
    }

    [Fact]
    public void Deleted_message_leaves_the_index_at_any_point_of_the_rebuild()
    {
        using var file = StoreFile.Open(_temporary.Path, _identity.PeerId);
        using var connection = file.Connect();
        using var words = new SearchIndexer(connection);
        Assert.True(words.IndexSome());

        StoreSchema.Execute(connection, $"UPDATE messages SET hidden = 1, text = '' WHERE position IN (1, {Messages})");
        Assert.Equal(Newest(SearchIndexer.OlderBatch - 1, Messages - 1), Found(file, "车站"));
        while (words.IndexSome()) { }

        Assert.Equal(Newest(Messages - 2, Messages - 1), Found(file, "车站"));
        // Check the index itself, because a hidden row would not be shown anyway.
        Assert.Equal(0L, Count(connection, "SELECT count(*) FROM words WHERE words MATCH '\"number1\"'"));
        Assert.Equal(1L, Count(connection, "SELECT count(*) FROM words WHERE words MATCH '\"number2\"'"));
    }

    [Fact]
    public async Task Older_index_is_rebuilt_without_a_search()
    {
        using var directory = DataDirectory.Open(_temporary.Path);
        using var store = PeerStore.Open(directory, _identity, Username.Parse("alice"), NullLogger<PeerStore>.Instance);
        Assert.True(store.Messages.Search("车站", null, 1).Indexing);

        await Eventually.True(
            () => !store.Messages.Search("车站", null, 1).Indexing,
            TimeSpan.FromSeconds(30),
            "the index is whole"
        );

        Assert.Equal(Messages, store.Messages.Search("车站", null, 2 * Messages).Messages.Count);
    }

    [Fact]
    public async Task Writes_run_between_slices_of_indexing()
    {
        using var directory = DataDirectory.Open(_temporary.Path);
        using var store = PeerStore.Open(directory, _identity, Username.Parse("alice"), NullLogger<PeerStore>.Instance);
        var left = 0L;

        var indexing = store.Writer.IndexWordsAsync();
        await store.Writer.CallAsync(connection => left = Count(connection, "SELECT back_to FROM searchable"));
        await indexing;

        Assert.InRange(left, 1, Messages);
        Assert.Equal(Messages, store.AfterIndexing().Search("车站", null, 2 * Messages).Messages.Count);
    }

    private static IEnumerable<long> Newest(int count, int from = Messages) =>
        Enumerable.Range(0, count).Select(i => (long)from - i);

    private static IEnumerable<long> Found(StoreFile file, string words) =>
        Search(file, words).Messages.Select(message => message.Position);

    private static SearchPage Search(StoreFile file, string words) =>
        new MessageTable(file, Username.Parse("alice")).Search(words, null, 2 * Messages);

    private static long Count(SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return (long)command.ExecuteScalar()!;
    }

    private static void Add(SqliteConnection connection, int number) =>
        StoreSchema.Execute(
            connection,
            $"""
            INSERT INTO messages (position, peer, outgoing, id, epoch, sequence, sent_at, state, text)
            VALUES ({number}, 1, 0, randomblob(16), 1, {number}, 1, 4, '在火车站见面 number{number}')
            """
        );

    // A store of the previous version, with its index.
    private void Make()
    {
        var path = Path.Combine(_temporary.Path, StoreFile.FileName);
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()
        );
        connection.Open();
        StoreSchema.Execute(connection, $"PRAGMA application_id = {StoreSchema.ApplicationId};");
        StoreSchema.Migrate(connection, 0, WithWordsOfSqlite);
        using var command = connection.Command(
            "INSERT INTO meta VALUES ('identity', $self)",
            ("$self", _identity.PeerId.Bytes.ToArray())
        );
        _ = command.ExecuteNonQuery();
        StoreSchema.Execute(
            connection,
            "BEGIN; INSERT INTO peers (id, peer_id, username, epoch) VALUES (1, randomblob(32), 'bob', 1);"
        );
        for (var i = 1; i <= Messages; i++)
        {
            Add(connection, i);
        }

        StoreSchema.Execute(
            connection,
            "INSERT INTO words (rowid, text) SELECT position, text FROM messages; UPDATE searchable SET up_to "
                + "= (SELECT max(position) FROM messages); COMMIT;"
        );
    }
}

using Microsoft.Data.Sqlite;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The store of a peer with a data directory.</summary>
public sealed class StoreFileTests : IDisposable
{
    private readonly TempDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Read_sees_nothing_that_is_committed_after_its_first_statement()
    {
        using var file = StoreFile.Open(_temporary.Path, PeerId.FromHash(new byte[32]));
        using var writer = file.Connect();

        var (before, after) = file.Read(connection =>
        {
            var seen = Count(connection);
            _ = writer.Run("INSERT INTO meta VALUES ('written meanwhile', x'01')");
            return (seen, Count(connection));
        });

        Assert.Equal(before, after);
        Assert.Equal(before + 1, file.Read(Count));
    }

    [Fact]
    public void Read_after_the_end_leaves_no_file()
    {
        var file = StoreFile.Open(_temporary.Path, PeerId.FromHash(new byte[32]));
        Assert.Equal(1, file.Read(Count));
        file.Dispose();
        File.Delete(file.FullPath);

        var refusal = Assert.Throws<StoreException>(() => file.Read(Count));

        Assert.Contains("this peer has stopped", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_temporary.Path));
    }

    [Fact]
    public void Read_of_a_removed_file_does_not_create_it()
    {
        using var file = StoreFile.Open(_temporary.Path, PeerId.FromHash(new byte[32]));
        File.Delete(file.FullPath);
        // Otherwise the pooled connection would read on.
        using (var connection = file.Connect())
        {
            SqliteConnection.ClearPool(connection);
        }

        _ = Assert.Throws<StoreException>(() => file.Read(Count));

        Assert.False(File.Exists(file.FullPath));
    }

    [Fact]
    public async Task Pages_next_to_a_busy_writer_miss_no_message()
    {
        const int Messages = 2000;
        using var file = StoreFile.Open(_temporary.Path, PeerId.FromHash(new byte[32]));
        using var writer = file.Connect();
        // Not to disk, so that reads and commits alternate fast.
        StoreSchema.Execute(
            writer,
            "PRAGMA synchronous = OFF; INSERT INTO peers (id, peer_id, username, epoch) VALUES (1, x'07', 'bob', 1);"
        );
        var writing = Task.Run(() =>
        {
            for (var i = 1; i <= Messages; i++)
            {
                _ = writer.Run(
                    "INSERT INTO messages (position, peer, outgoing, id, epoch, sequence, sent_at, state, text) "
                        + "VALUES ($i, 1, $i % 2, randomblob(16), 1, $i, 1, 4, 'one of many')",
                    ("$i", i)
                );
            }
        });

        var history = new MessageTable(file, Username.Parse("alice"));
        var (read, last) = (new List<long>(), Guid.NewGuid());
        for (var isWritten = false; !isWritten; )
        {
            isWritten = writing.IsCompleted;
            foreach (var message in history.Page(Username.Parse("bob"), last, before: null, Messages)!.Messages)
            {
                read.Add(message.Position);
                last = message.Id;
            }
        }

        await writing;
        Assert.Equal(Enumerable.Range(1, Messages).Select(i => (long)i), read);
    }

    private static long Count(SqliteConnection connection) => (long)connection.Scalar("SELECT count(*) FROM meta")!;
}

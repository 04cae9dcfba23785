using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using SQLitePCL;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The store of an ephemeral peer.</summary>
public sealed class StoreMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly PeerId Self = PeerId.FromHash(new byte[32]);

    [Fact]
    public void Store_failure_within_a_read_keeps_its_message()
    {
        using var memory = new StoreMemory(Self);
        var failure = StoreException.Of(new SqliteException("database or disk is full", raw.SQLITE_FULL));

        Assert.Same(failure, Assert.Throws<StoreException>(() => memory.Read<int>(_ => throw failure)));
    }

    [Fact]
    public async Task Reader_next_to_a_busy_writer_sees_whole_transactions()
    {
        const int Rows = 20;
        using var memory = new StoreMemory(Self);
        using var ended = new CancellationTokenSource();
        var writing = Task.Factory.StartNew(
            () =>
            {
                using var connection = memory.Connect();
                for (var written = 0; !ended.IsCancellationRequested; written += Rows)
                {
                    memory.Write(() =>
                    {
                        using var transaction = connection.BeginTransaction();
                        for (var row = 0; row < Rows; row++)
                        {
                            Put(connection, written + row);
                        }

                        transaction.Commit();
                    });
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

        var reading = Task.Factory.StartNew(
            () =>
            {
                var seen = 0;
                for (var changes = 0; changes < 20 && !ended.IsCancellationRequested; )
                {
                    var now = memory.Read(Count);
                    Assert.True(now >= seen && now % Rows == 0, $"{now} rows after {seen}");
                    changes += now > seen ? 1 : 0;
                    seen = now;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

        try
        {
            await reading.WaitAsync(Patience);
        }
        finally
        {
            await ended.CancelAsync();
            await writing.WaitAsync(Patience);
        }
    }

    [Fact]
    public void Read_after_disposal_throws_StoreException()
    {
        var memory = new StoreMemory(Self);
        memory.Dispose();

        _ = Assert.Throws<StoreException>(() => memory.Read(Count));
    }

    [Fact]
    public async Task Full_memory_refuses_writes_and_keeps_its_rows()
    {
        using var memory = new StoreMemory(Self, maxPages: 200);
        using var writer = new StoreWriter(
            memory,
            Username.Parse("alice"),
            gathering: TimeSpan.Zero,
            TimeProvider.System,
            NullLogger.Instance
        );
        await writer.CallAsync(connection => Put(connection, 1)).WaitAsync(Patience);

        var refused = await Assert.ThrowsAsync<StoreException>(() =>
            writer
                .CallAsync(connection =>
                {
                    for (var row = 2; row < 1_000_000; row++)
                    {
                        Put(connection, row);
                    }
                })
                .WaitAsync(Patience)
        );

        Assert.Contains("ephemeral", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, memory.Read(Count));
        await writer.CallAsync(connection => Put(connection, 2)).WaitAsync(Patience);
        Assert.Equal(2, memory.Read(Count));
    }

    [Fact]
    public void Two_memory_stores_share_nothing()
    {
        using var one = new StoreMemory(Self);
        using var other = new StoreMemory(Self);
        using var connection = one.Connect();
        Put(connection, 1);

        Assert.Equal((1, 0), (one.Read(Count), other.Read(Count)));
    }

    private static void Put(SqliteConnection connection, int row)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO meta VALUES ($key, randomblob(200))";
        _ = command.Parameters.AddWithValue("$key", $"{row}");
        _ = command.ExecuteNonQuery();
    }

    private static int Count(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM meta WHERE key <> 'identity'";
        return (int)(long)command.ExecuteScalar()!;
    }
}

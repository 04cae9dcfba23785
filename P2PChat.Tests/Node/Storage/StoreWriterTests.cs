using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Work that nobody waits for gathers, here for longer than any test takes.</summary>
public sealed class StoreWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly PeerId Self = PeerId.FromHash(new byte[32]);

    private readonly StoreMemory _database = new(Self);
    private readonly StoreWriter _writer;
    private readonly ConversationWriter _lane;
    private ulong _sequence;

    public StoreWriterTests()
    {
        _writer = new StoreWriter(
            _database,
            Username.Parse("alice"),
            gathering: TimeSpan.FromHours(1),
            TimeProvider.System,
            NullLogger.Instance
        );
        _lane = new ConversationWriter(_writer, Self, epoch: 1, _ => { }, _ => { });
    }

    public void Dispose()
    {
        _writer.Dispose();
        _database.Dispose();
    }

    [Fact]
    public void Settle_writes_gathered_work_in_one_transaction()
    {
        for (var i = 0; i < 10; i++)
        {
            Queue(mayGather: true);
        }

        Assert.Equal(0, _writer.Commits);

        _writer.Settle(Patience);

        Assert.Equal((10, 1), (Kept(), _writer.Commits));
    }

    [Fact]
    public async Task Call_runs_after_gathered_work_without_waiting_for_more()
    {
        Queue(mayGather: true);

        var seen = 0;
        await _writer.CallAsync(connection => seen = Count(connection)).WaitAsync(Patience);

        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task Call_after_disposal_is_refused()
    {
        var writer = new StoreWriter(
            _database,
            Username.Parse("alice"),
            gathering: TimeSpan.Zero,
            TimeProvider.System,
            NullLogger.Instance
        );
        writer.Dispose();

        _ = await Assert.ThrowsAsync<StoreException>(() => writer.CallAsync(_ => { }).WaitAsync(Patience));
    }

    [Fact]
    public void Urgent_work_is_written_with_gathered_work()
    {
        Queue(mayGather: true);
        Queue(mayGather: false);

        Assert.True(SpinWait.SpinUntil(() => _lane.Written == _lane.LastTicket, Patience));
        Assert.Equal((2, 1), (Kept(), _writer.Commits));
    }

    [Fact]
    public void Gathered_work_is_written_at_the_maximum()
    {
        for (var i = 0; i < StoreQueue.MaxGathered; i++)
        {
            Queue(mayGather: true);
        }

        Assert.True(SpinWait.SpinUntil(() => _lane.Written == _lane.LastTicket, Patience));
    }

    [Fact]
    public void Disposal_writes_gathered_work()
    {
        Queue(mayGather: true);

        _writer.Dispose();

        Assert.Equal(1, Kept());
    }

    private void Queue(bool mayGather) =>
        _lane.Add(
            new Change.Queued(
                1,
                ++_sequence,
                new OutgoingMessage(Guid.CreateVersion7(), "text", DateTimeOffset.UnixEpoch),
                Sent: true
            ),
            null,
            mayGather
        );

    private int Kept() => _database.Read(Count);

    private static int Count(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM messages";
        return (int)(long)command.ExecuteScalar()!;
    }
}

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
    public async Task Joined_calls_share_the_transaction_of_waiting_work()
    {
        Queue(mayGather: true);
        var seen = new List<int>();
        Task first,
            second;
        using (_writer.Gather())
        {
            first = _writer.JoinAsync(connection => seen.Add(Count(connection)));
            second = _writer.JoinAsync(connection => seen.Add(Count(connection)));
            Queue(mayGather: false);
        }

        await Task.WhenAll(first, second).WaitAsync(Patience);

        Assert.Equal([2, 2], seen);
        Assert.Equal((2, 1), (Kept(), _writer.Commits));
    }

    [Fact]
    public async Task Failed_joined_call_undoes_only_itself()
    {
        Task failing,
            other;
        using (_writer.Gather())
        {
            Queue(mayGather: false);
            failing = _writer.JoinAsync(connection =>
            {
                Insert(connection, "failing");
                throw new InvalidOperationException();
            });
            other = _writer.JoinAsync(connection => Insert(connection, "other"));
        }

        _ = await Assert.ThrowsAsync<StoreException>(() => failing.WaitAsync(Patience));
        await other.WaitAsync(Patience);

        Assert.Equal(1, Kept());
        Assert.False(_writer.HasFailed);
        Assert.Equal(["other"], _database.Read(Settings));
    }

    [Fact]
    public async Task Names_version_grows_once_a_peer_is_accepted_or_removed()
    {
        var before = _writer.NamesVersion;
        Queue(mayGather: false);
        await _writer.CallAsync(_ => { }).WaitAsync(Patience);
        Assert.Equal(before, _writer.NamesVersion);

        _ = _lane.Add(new Change.Accepted(Username.Parse("bob")), null);
        await _writer.CallAsync(_ => { }).WaitAsync(Patience);
        Assert.Equal(before + 1, _writer.NamesVersion);

        _ = _lane.Add(new Change.ContactRemoved(), null);
        await _writer.CallAsync(_ => { }).WaitAsync(Patience);
        Assert.Equal(before + 2, _writer.NamesVersion);
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

    private static void Insert(SqliteConnection connection, string name) =>
        connection.Run("INSERT INTO settings VALUES ($name, '')", ("$name", name));

    private static List<string> Settings(SqliteConnection connection) =>
        connection.List("SELECT name FROM settings", reader => reader.GetString(0));

    private static int Count(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM messages";
        return (int)(long)command.ExecuteScalar()!;
    }
}

using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace P2PChat.Peer.Storage;

/// <summary>
/// The one thread that writes. It takes all that waits into one transaction: while one is on its way to the disk the
/// next gathers. Thread-safe.
/// </summary>
internal sealed partial class StoreWriter : IDisposable
{
    private const int MaxBatch = 4096;
    private const long MaxWaitingBytes = 64 * 1024 * 1024;

    // Monitor's own: a Lock cannot be waited on.
    private readonly object _gate = new();
    private readonly Queue<StoreWork> _waiting = new();
    private readonly SqliteConnection _connection;
    private readonly StoredChanges _changes;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly List<Action<SqliteConnection>> _calls = [];
    private long _waitingBytes;
    private long _commits;
    private long _added;
    private long _written;
    private bool _ended;

    public StoreWriter(SqliteConnection connection, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _changes = new StoredChanges(connection);
        _thread = new Thread(Run) { IsBackground = true, Name = "store" };
        _thread.Start();
    }

    /// <summary>How many transactions have been committed.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Hands work in. Waits while too much waits already.</summary>
    public void Add(StoreWork work)
    {
        lock (_gate)
        {
            while (_waitingBytes > MaxWaitingBytes && !_ended)
                Monitor.Wait(_gate);
            _waiting.Enqueue(work);
            _waitingBytes += work.Bytes;
            _added++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Waits until all that has been handed in is written, so that who has been told of something also reads it. Gives up
    /// after <paramref name="patience"/>: a disk that stands still keeps nobody from reading what there is.
    /// </summary>
    public void Settle(TimeSpan patience)
    {
        var begun = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            var all = _added;
            while (_written < all && !_ended && patience - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left && Monitor.Wait(_gate, left))
            {
            }
        }
    }

    /// <summary>Does something in a transaction of its own, behind all that waits.</summary>
    /// <exception cref="StoreException">It failed, and nothing of it is kept.</exception>
    public Task CallAsync(Action<SqliteConnection> act)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _calls.Add(connection =>
            {
                try
                {
                    InTransaction(() => act(connection));
                    done.SetResult();
                }
                catch (Exception e)
                {
                    done.SetException(e as StoreException ?? StoreException.Of(e));
                }
            });
            Monitor.PulseAll(_gate);
        }

        return done.Task;
    }

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        _changes.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        var batch = new List<StoreWork>();
        while (Take(batch, out var calls))
        {
            if (batch.Count > 0)
                Write(batch);
            lock (_gate)
            {
                _written += batch.Count;
                Monitor.PulseAll(_gate);
            }

            batch.Clear();
            foreach (var call in calls)
                call(_connection);
        }
    }

    private bool Take(List<StoreWork> batch, out IReadOnlyList<Action<SqliteConnection>> calls)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && _calls.Count == 0 && !_ended)
                Monitor.Wait(_gate);
            while (batch.Count < MaxBatch && _waiting.TryDequeue(out var work))
            {
                batch.Add(work);
                _waitingBytes -= work.Bytes;
            }

            calls = [];
            if (_waiting.Count == 0)
            {
                calls = [.. _calls];
                _calls.Clear();
            }

            Monitor.PulseAll(_gate);
            return batch.Count > 0 || calls.Count > 0;
        }
    }

    private void Write(IEnumerable<StoreWork> batch)
    {
        var works = batch.Where(work => !work.Lane.IsBroken).ToList();
        var lanes = new Dictionary<StoreLane, long>();
        foreach (var work in works)
            lanes[work.Lane] = work.Ticket;
        try
        {
            InTransaction(() =>
            {
                foreach (var work in works)
                    _changes.Apply(work);
            });
        }
        catch (Exception e)
        {
            // A row may have been made by what has been taken back.
            foreach (var lane in lanes.Keys)
                lane.Row = 0;
            if (lanes.Count > 1)
            {
                // It may be the fault of one conversation: the others are not to suffer for it.
                foreach (var alone in works.GroupBy(work => work.Lane))
                    Write(alone);
                return;
            }

            if (e is not SqliteException { SqliteErrorCode: SqliteCodes.Full })
                LogNotWritten(e);
            var failure = StoreException.Of(e);
            foreach (var lane in lanes.Keys)
            {
                lane.IsBroken = true;
                ThreadPool.UnsafeQueueUserWorkItem(static told => told.lane.Failed(told.failure), (lane, failure), preferLocal: false);
            }

            return;
        }

        foreach (var (lane, ticket) in lanes)
        {
            lane.NoteWritten(ticket);
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.lane.Committed(told.ticket), (lane, ticket), preferLocal: false);
        }
    }

    private void InTransaction(Action act)
    {
        _changes.Begin();
        try
        {
            act();
            _changes.Commit();
            _ = Interlocked.Increment(ref _commits);
        }
        catch
        {
            _changes.RollBack();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Error, "The store has not taken what it was given.")]
    private partial void LogNotWritten(Exception exception);
}

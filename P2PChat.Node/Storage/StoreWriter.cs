using System.Diagnostics;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// The one thread that writes. It takes all that waits into one transaction: while one is on its way to the disk the
/// next gathers. Thread-safe.
/// </summary>
internal sealed partial class StoreWriter : IDisposable
{
    // Index after this long without writes. Older history follows in slices, with a pause after each.
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private const long MaxWaitingBytes = 64 * 1024 * 1024;

    /// <summary>Works that gather at most, before they are written.</summary>
    public const int GatheredWorks = 4096;

    private const long GatheredBytes = MaxWaitingBytes / 16;

    // Monitor's own: a Lock cannot be waited on.
    private readonly object _gate = new();
    private readonly StoreDatabase _database;
    private readonly SqliteConnection _connection;
    private readonly ChangeApplier _changes;
    private readonly SearchIndexer _words;
    private readonly ILogger _logger;
    private readonly TimeSpan _gathering;
    private readonly Thread _thread;
    private List<StoreWork> _waiting = [];
    private List<Action<SqliteConnection>> _calls = [];
    private long _waitingBytes;
    private long _commits;
    private long _added;
    private long _written;
    private bool _hurried;
    private bool _ended;
    private volatile bool _hasFailed;
    private readonly SaveState _messagesSaved = new();
    private readonly SaveState _wordsSaved = new();

    // The thread's own.
    private bool _wordsWait;
    private TimeSpan _untilIdle = Idle;

    /// <param name="gathering">How long what nobody waits for may gather: the thread is not woken for each piece of it.</param>
    public StoreWriter(StoreDatabase database, TimeSpan gathering, ILogger logger)
    {
        _database = database;
        _connection = database.Connect();
        _logger = logger;
        _gathering = gathering;
        _changes = new ChangeApplier(_connection);
        _words = new SearchIndexer(_connection);
        _wordsWait = _words.Behind > 0;
        _thread = new Thread(Run) { IsBackground = true, Name = "store" };
        _thread.Start();
    }

    /// <summary>How many transactions have been committed.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Whether anything that was handed in has not been kept.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>Hands work in. Waits while too much waits already.</summary>
    /// <param name="mayGather">Whether nobody waits for it, so that it may be written together with what comes after it.</param>
    public void Add(StoreWork work, bool mayGather)
    {
        lock (_gate)
        {
            while (_waitingBytes > MaxWaitingBytes && !_ended)
            {
                Monitor.Wait(_gate);
            }

            _waiting.Add(work);
            _waitingBytes += work.Bytes;
            _added++;
            var hurries =
                !_hurried && (!mayGather || _waiting.Count >= GatheredWorks || _waitingBytes >= GatheredBytes);
            _hurried |= hurries;
            // Otherwise the thread has been woken already, or is at work.
            if (_waiting.Count == 1 || hurries)
            {
                Monitor.PulseAll(_gate);
            }
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
            if (_written < all)
            {
                Hurry();
            }

            while (
                _written < all
                && !_ended
                && patience - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left
                && Monitor.Wait(_gate, left)
            ) { }
        }
    }

    /// <summary>
    /// Indexes all messages handed in so far, a slice at a time, so that writes can go in between.
    /// </summary>
    /// <param name="cancellationToken">Stops after the current slice.</param>
    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public async Task IndexWordsAsync(CancellationToken cancellationToken = default)
    {
        var more = true;
        while (more && !cancellationToken.IsCancellationRequested)
        {
            await CallAsync(_ => more = _words.IndexSome()).ConfigureAwait(false);
        }
    }

    /// <summary>Does something in a transaction of its own, behind all that waits.</summary>
    /// <exception cref="StoreException">It failed, and nothing of it is kept.</exception>
    public Task CallAsync(Action<SqliteConnection> act)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_ended)
            {
                return Task.FromException(StoreException.Ended());
            }

            _calls.Add(connection =>
            {
                try
                {
                    InTransaction(() => act(connection));
                    done.SetResult();
                }
                catch (Exception e)
                {
                    done.SetException(e as StoreException ?? StoreException.Of(e, _database.IsTemporary));
                }
            });
            Hurry();
        }

        return done.Task;
    }

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            Hurry();
        }

        _thread.Join();
        _words.Dispose();
        _changes.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        var batch = new List<StoreWork>();
        var calls = new List<Action<SqliteConnection>>();
        while (Take(ref batch, ref calls))
        {
            if (batch.Count > 0)
            {
                Write(batch);
            }

            lock (_gate)
            {
                _written += batch.Count;
                Monitor.PulseAll(_gate);
            }

            foreach (var call in calls)
            {
                call(_connection);
            }

            LookAtWords(isIdle: batch.Count == 0 && calls.Count == 0);
            batch.Clear();
            calls.Clear();
        }
    }

    /// <returns>False at the end. Both lists are empty where nothing has come for a while, and words wait.</returns>
    private bool Take(ref List<StoreWork> batch, ref List<Action<SqliteConnection>> calls)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && _calls.Count == 0 && !_ended)
            {
                if (!_wordsWait)
                {
                    _ = Monitor.Wait(_gate);
                }
                else if (!Monitor.Wait(_gate, _untilIdle))
                {
                    return true;
                }
            }

            var begun = Stopwatch.GetTimestamp();
            while (
                !_hurried
                && !_ended
                && _gathering - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left
                && Monitor.Wait(_gate, left)
            ) { }

            _hurried = false;
            (batch, _waiting) = (_waiting, batch);
            (calls, _calls) = (_calls, calls);
            _waitingBytes = 0;
            Monitor.PulseAll(_gate);
            return batch.Count > 0 || calls.Count > 0;
        }
    }

    // Somebody waits: what has gathered is written at once. Called under the lock.
    private void Hurry()
    {
        _hurried = true;
        Monitor.PulseAll(_gate);
    }

    private void LookAtWords(bool isIdle)
    {
        try
        {
            _untilIdle = isIdle ? Pause : Idle;
            _wordsWait = _words.Behind > 0;
            if (isIdle || _words.BehindNewest >= SearchIndexer.Batch)
            {
                InTransaction(() => _wordsWait = _words.IndexSome());
            }
            else
            {
                return;
            }

            if (_wordsSaved.Saved())
            {
                LogWordsKnown();
            }
        }
        catch (SqliteException e)
        {
            // Not before something else has been written: a search tries too.
            _wordsWait = false;
            if (_wordsSaved.Failed())
            {
                LogWordsNotKnown(SaveState.WhyNot(e), SaveState.IsDiskFull(e) ? null : e);
            }
        }
    }

    private void Write(List<StoreWork> works)
    {
        var lanes = new Dictionary<ConversationWriter, long>();
        foreach (var work in works)
        {
            if (!work.Lane.IsBroken)
            {
                lanes[work.Lane] = work.Ticket;
            }
        }

        try
        {
            InTransaction(() =>
            {
                foreach (var work in works)
                {
                    if (!work.Lane.IsBroken)
                    {
                        _changes.Apply(work);
                    }
                }

                _changes.NoteProgress();
            });
        }
        catch (Exception e)
        {
            if (lanes.Count > 1)
            {
                // It may be the fault of one conversation: the others are not to suffer for it.
                foreach (var alone in works.GroupBy(work => work.Lane))
                {
                    Write([.. alone]);
                }

                return;
            }

            // Otherwise each retried message would log it again.
            if (_messagesSaved.Failed())
            {
                LogNotWritten(SaveState.WhyNot(e), SaveState.IsDiskFull(e) ? null : e);
            }

            var failure = StoreException.Of(e, _database.IsTemporary);
            _hasFailed = true;
            foreach (var lane in lanes.Keys)
            {
                lane.IsBroken = true;
                ThreadPool.UnsafeQueueUserWorkItem(
                    static told => told.lane.Failed(told.failure),
                    (lane, failure),
                    preferLocal: false
                );
            }

            return;
        }

        if (_messagesSaved.Saved())
        {
            LogWritten();
        }

        foreach (var (lane, ticket) in lanes)
        {
            lane.NoteWritten(ticket);
            ThreadPool.UnsafeQueueUserWorkItem(
                static told => told.lane.Committed(told.ticket),
                (lane, ticket),
                preferLocal: false
            );
        }
    }

    private void InTransaction(Action act) =>
        _database.Write(() =>
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
        });

    [LoggerMessage(
        LogLevel.Warning,
        "The search index cannot be saved ({Reason}), so searches miss the newest messages. Free some space or check the disk."
    )]
    private partial void LogWordsNotKnown(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "The search index can be saved again.")]
    private partial void LogWordsKnown();

    [LoggerMessage(
        LogLevel.Error,
        "Messages cannot be saved ({Reason}), so none are sent or received. Free some space or check the disk."
    )]
    private partial void LogNotWritten(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "Messages can be saved again.")]
    private partial void LogWritten();
}

using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The one thread that writes. It writes each batch of waiting work in one transaction. Thread-safe.</summary>
internal sealed partial class StoreWriter : IDisposable
{
    private readonly StoreDatabase _database;
    private readonly SqliteConnection _connection;
    private readonly ChangeApplier _changes;
    private readonly SearchIndexer _indexer;
    private readonly BackgroundIndexer _background;
    private readonly StoreQueue _queue;
    private readonly ILogger _logger;
    private readonly SaveState _state = new();
    private readonly Thread _thread;
    private long _commits;
    private volatile bool _hasFailed;

    /// <param name="self">The name of this peer.</param>
    /// <param name="gathering">See <see cref="StoreQueue"/>.</param>
    public StoreWriter(
        StoreDatabase database,
        Username self,
        TimeSpan gathering,
        TimeProvider timeProvider,
        ILogger logger
    )
    {
        _database = database;
        _connection = database.Connect();
        _logger = logger;
        _queue = new StoreQueue(gathering);
        _indexer = new SearchIndexer(_connection);
        _changes = new ChangeApplier(_connection, _indexer, new MessageReader(self), timeProvider);
        _background = new BackgroundIndexer(_indexer, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = "store" };
        _thread.Start();
    }

    /// <summary>The number of committed transactions.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Whether the time of a disappearing message may have begun since this was last set to false.</summary>
    public bool MessagesMayBegin
    {
        get => _changes.MessagesMayBegin;
        set => _changes.MessagesMayBegin = value;
    }

    /// <summary>Whether any work was lost because it could not be written.</summary>
    public bool HasFailed => _hasFailed;

    /// <inheritdoc cref="StoreQueue.Add"/>
    public void Add(StoreWork work, bool mayGather) => _queue.Add(work, mayGather);

    /// <inheritdoc cref="StoreQueue.WaitUntilWritten"/>
    public void Settle(TimeSpan timeout) => _queue.WaitUntilWritten(timeout);

    /// <summary>Indexes all messages added so far, in batches, so that writes can run between them.</summary>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    /// <exception cref="StoreException">The index cannot be saved.</exception>
    public async Task IndexWordsAsync(CancellationToken cancellationToken = default)
    {
        var more = true;
        while (more && !cancellationToken.IsCancellationRequested)
        {
            await CallAsync(_ => more = _indexer.IndexSome()).ConfigureAwait(false);
        }
    }

    /// <summary>Runs an action in its own transaction, after all work that was added before.</summary>
    /// <exception cref="StoreException">The action failed and was rolled back.</exception>
    public Task CallAsync(Action<SqliteConnection> act)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isAdded = _queue.TryAdd(connection =>
        {
            try
            {
                RunInTransaction(() => act(connection));
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception as StoreException ?? StoreException.Of(exception, _database.IsTemporary));
            }
        });
        return isAdded ? done.Task : Task.FromException(StoreException.Ended());
    }

    /// <summary>
    /// Same as <see cref="CallAsync"/>, but blocks until the action is done. Do not call it on the writer thread.
    /// </summary>
    /// <exception cref="StoreException">The action failed and was rolled back.</exception>
    public void Call(Action<SqliteConnection> act) => CallAsync(act).GetAwaiter().GetResult();

    /// <summary>Writes the remaining work, and ends the thread.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _indexer.Dispose();
        _changes.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        var works = new List<StoreWork>();
        var calls = new List<Action<SqliteConnection>>();
        while (_queue.Take(ref works, ref calls, _background.Delay))
        {
            if (works.Count > 0)
            {
                Write(works);
            }

            _queue.NoteWritten(works.Count);
            foreach (var call in calls)
            {
                call(_connection);
            }

            _background.IndexIfDue(isIdle: works.Count == 0 && calls.Count == 0, RunInTransaction);
            works.Clear();
            calls.Clear();
        }
    }

    private void Write(List<StoreWork> works)
    {
        var tickets = new Dictionary<ConversationWriter, long>();
        foreach (var work in works)
        {
            if (!work.Conversation.IsBroken)
            {
                tickets[work.Conversation] = work.Ticket;
            }
        }

        try
        {
            RunInTransaction(() =>
            {
                foreach (var work in works)
                {
                    if (!work.Conversation.IsBroken)
                    {
                        _changes.Apply(work);
                    }
                }

                _changes.SaveProgress();
            });
        }
        catch (Exception exception)
        {
            if (tickets.Count > 1)
            {
                // One conversation may be the cause, so write each alone.
                foreach (var alone in works.GroupBy(work => work.Conversation))
                {
                    Write([.. alone]);
                }
            }
            else
            {
                Fail(tickets.Keys, exception);
            }

            return;
        }

        if (_state.Saved())
        {
            LogWritten();
        }

        foreach (var (conversation, ticket) in tickets)
        {
            conversation.NoteWritten(ticket);
            ThreadPool.UnsafeQueueUserWorkItem(
                static told => told.conversation.Committed(told.ticket),
                (conversation, ticket),
                preferLocal: false
            );
        }
    }

    private void Fail(IEnumerable<ConversationWriter> conversations, Exception exception)
    {
        // Otherwise each retried message would log it again.
        if (_state.Failed())
        {
            LogNotWritten(SaveState.FailureReason(exception), SaveState.IsDiskFull(exception) ? null : exception);
        }

        var failure = StoreException.Of(exception, _database.IsTemporary);
        _hasFailed = true;
        foreach (var conversation in conversations)
        {
            conversation.IsBroken = true;
            ThreadPool.UnsafeQueueUserWorkItem(
                static told => told.conversation.Failed(told.failure),
                (conversation, failure),
                preferLocal: false
            );
        }
    }

    private void RunInTransaction(Action act) =>
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
        LogLevel.Error,
        "Messages cannot be saved ({Reason}), so none are sent or received. Free some space or check the disk."
    )]
    private partial void LogNotWritten(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "Messages can be saved again.")]
    private partial void LogWritten();
}

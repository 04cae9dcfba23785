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
    private long _namesVersion;
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

    /// <summary>Grows when peers are accepted or removed, once that is committed.</summary>
    public long NamesVersion => Interlocked.Read(ref _namesVersion);

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
    public Task CallAsync(Action<SqliteConnection> act) => Add(new StoreCall(act, MayJoin: false));

    /// <summary>
    /// Runs an action after all work that was added before, in one transaction with it if both succeed.
    /// </summary>
    /// <param name="act">Runs again, in its own transaction, if the common one fails.</param>
    /// <exception cref="StoreException">The action failed and was rolled back.</exception>
    public Task JoinAsync(Action<SqliteConnection> act) => Add(new StoreCall(act, MayJoin: true));

    /// <summary>Lets what is added gather until the result is disposed, so that it is written together.</summary>
    public Gathering Gather() => new(_queue);

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
        var calls = new List<StoreCall>();
        while (_queue.Take(ref works, ref calls, _background.Delay))
        {
            // Calls keep their order.
            var joined = calls.TakeWhile(call => call.MayJoin).ToList();
            if (works.Count > 0 || joined.Count > 1)
            {
                Write(works, joined);
            }

            _queue.NoteWritten(works.Count);
            foreach (var call in calls.Where(call => !call.IsDone))
            {
                Run(call);
            }

            _background.IndexIfDue(isIdle: works.Count == 0 && calls.Count == 0, RunInTransaction);
            works.Clear();
            calls.Clear();
        }
    }

    private Task Add(StoreCall call) => _queue.TryAdd(call) ? call.Done : Task.FromException(StoreException.Ended());

    private void Run(StoreCall call)
    {
        try
        {
            RunInTransaction(() => call.Run(_connection));
            call.Complete();
        }
        catch (Exception exception)
        {
            call.Fail(exception as StoreException ?? StoreException.Of(exception, _database.IsTemporary));
        }
    }

    private void Write(List<StoreWork> works, List<StoreCall> joined)
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
                foreach (var call in joined)
                {
                    call.Run(_connection);
                }
            });
        }
        catch (Exception exception)
        {
            if (joined.Count > 0)
            {
                // Those run alone afterwards.
                if (works.Count > 0)
                {
                    Write(works, []);
                }
            }
            else if (tickets.Count > 1)
            {
                // One conversation may be the cause, so write each alone.
                foreach (var alone in works.GroupBy(work => work.Conversation))
                {
                    Write([.. alone], []);
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

        foreach (var call in joined)
        {
            call.Complete();
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
                if (_changes.HaveNamesChanged)
                {
                    _changes.HaveNamesChanged = false;
                    _ = Interlocked.Increment(ref _namesVersion);
                }
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

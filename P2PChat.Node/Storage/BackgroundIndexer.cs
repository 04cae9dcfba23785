using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// Decides when the writer thread indexes messages: when nothing is to be written, or when a batch has gathered. Used
/// by the writer thread only.
/// </summary>
internal sealed partial class BackgroundIndexer(SearchIndexer indexer, ILogger logger)
{
    // Index after this long without writes. Older history follows in slices, with a pause after each.
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly ILogger _logger = logger;
    private readonly SaveState _state = new();
    private bool _hasMore = indexer.Behind > 0;
    private TimeSpan _delay = Idle;

    /// <summary>How long to wait for writes before indexing; null if there is nothing to index.</summary>
    public TimeSpan? Delay => _hasMore ? _delay : null;

    /// <summary>Indexes a batch if it is time.</summary>
    /// <param name="isIdle">Whether nothing was written since the last call.</param>
    /// <param name="runInTransaction">Runs an action in a transaction.</param>
    public void IndexIfDue(bool isIdle, Action<Action> runInTransaction)
    {
        try
        {
            _delay = isIdle ? Pause : Idle;
            _hasMore = indexer.Behind > 0;
            if (!isIdle && indexer.BehindNewest < SearchIndexer.Batch)
            {
                return;
            }

            runInTransaction(() => _hasMore = indexer.IndexSome());
            if (_state.Saved())
            {
                LogSaved();
            }
        }
        catch (SqliteException exception)
        {
            // Try again after the next write. A search tries too.
            _hasMore = false;
            if (_state.Failed())
            {
                LogNotSaved(SaveState.FailureReason(exception), SaveState.IsDiskFull(exception) ? null : exception);
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The search index cannot be saved ({Reason}), so searches miss the newest messages. Free some space or "
            + "check the disk."
    )]
    private partial void LogNotSaved(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "The search index can be saved again.")]
    private partial void LogSaved();
}

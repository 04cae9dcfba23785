using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The copies that this peer knows, in memory and in the store, and what the user sees of them. Part of
/// <see cref="SealedCopies"/> and <see cref="CopyTasks"/>, which share its lock.
/// </summary>
internal sealed partial class CopyLedger(
    PeerStore store,
    TransferBook book,
    PeerTimers timers,
    TimeProvider timeProvider,
    SteadyClock steadyClock,
    PeerOptions options,
    ILogger<CopyLedger> logger
)
{
    private readonly ILogger<CopyLedger> _logger = logger;

    public Lock Gate { get; } = new();

    /// <summary>Guarded by <see cref="Gate"/>, as are the copies in it.</summary>
    public CopySchedule Schedule { get; } = new(options.DepositAfter);

    public CopyTime Now => new(steadyClock.GetUtcNow(), timeProvider.GetUtcNow());

    /// <summary>Wakes what works on the copies.</summary>
    public void Signal() => timers.Copies.Signal();

    /// <summary>The copies whose transfer has not ended.</summary>
    public IReadOnlyList<(PeerId Remote, bool IsOurs, Guid Id)> OpenKeys()
    {
        lock (Gate)
        {
            return [.. Schedule.All.Where(job => !job.HasEnded).Select(job => job.Key)];
        }
    }

    /// <summary>Opens the transfer of a copy.</summary>
    /// <returns>Null if it has ended.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public LiveTransfer? Open(StoredCopy copy) =>
        book.Open(copy.Remote, copy.IsOurs, copy.Id) is { Stored.HasEnded: false } live ? live : null;

    /// <summary>Shows the user what has become of copies. Called without the lock.</summary>
    public void Show(IEnumerable<SealedCopyJob> jobs)
    {
        foreach (var job in jobs)
        {
            Show(job);
        }
    }

    public void Show(SealedCopyJob job)
    {
        lock (Gate)
        {
            if (!IsShown(job))
            {
                return;
            }
        }

        try
        {
            // Reads the store, so not under the lock.
            var live = Open(job.Stored);
            lock (Gate)
            {
                if (live is not null && IsShown(job))
                {
                    // Under the lock, so that an older state does not follow a newer one.
                    book.SetCopy(live, job.Current);
                }
            }
        }
        catch (StoreException exception)
        {
            LogNotRead(exception.Message);
        }
    }

    /// <summary>Saves a copy in the background. Called under the lock, so that the store keeps the order.</summary>
    public void Save(SealedCopyJob job) => _ = SaveAsync(job);

    // Of another's offer that waits for this user there is nothing to say.
    private static bool IsShown(SealedCopyJob job) =>
        !job.HasEnded && (job.Stored.IsOurs || job.Transfer!.State != TransferState.Offered);

    private async Task SaveAsync(SealedCopyJob job)
    {
        try
        {
            await (
                job is { HasEnded: true, Stored.Until: null }
                    ? store.Copies.DeleteAsync(job.Stored)
                    : store.Copies.SaveAsync(job.Stored)
            ).ConfigureAwait(false);
        }
        catch (StoreException exception)
        {
            // The next start continues from the state before: a copy is fetched, stored or deleted a second time.
            LogNotSaved(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of a file at the directory cannot be saved. {Reason}")]
    private partial void LogNotSaved(string reason);

    [LoggerMessage(LogLevel.Warning, "The state of a file at the directory cannot be read. {Reason}")]
    private partial void LogNotRead(string reason);
}

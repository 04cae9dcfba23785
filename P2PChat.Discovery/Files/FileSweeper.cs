using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Files;

namespace P2PChat.Discovery.Files;

/// <summary>
/// Deletes the bytes of files that have expired, were deleted or lost their claim, and, less often, files left behind
/// by a crash.
/// </summary>
internal sealed partial class FileSweeper(
    IFileLedger ledger,
    IFileStore store,
    FileStoreMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<FileSweeper> logger
) : BackgroundService
{
    private const int Batch = 100;

    private readonly FileStoreOptions _options = options.Value.Files;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Also without a folder: the files of a folder that was turned off end in the ledger. Side by side, because a
        // search of the whole folder takes long.
        await Task.WhenAll(
            RepeatAsync(SweepAsync, _options.SweepEvery, stoppingToken),
            RepeatAsync(SweepOrphansAsync, _options.OrphanSweepEvery, stoppingToken)
        );
    }

    private async Task RepeatAsync(
        Func<CancellationToken, Task> sweep,
        TimeSpan interval,
        CancellationToken stoppingToken
    )
    {
        // Soon after the start for the first time, and then at the interval.
        using var timer = new PeriodicTimer(_options.SweepEvery, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            timer.Period = interval;
            try
            {
                await sweep(stoppingToken);
            }
            catch (StoreUnavailableException)
            {
                // Reported by StoreHealth; the next round tries again.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogFailed(exception.Message);
            }
        }
    }

    /// <summary>Deletes what the ledger has removed.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var swept = await ledger.SweepAsync(cancellationToken);
            metrics.Stored(swept.TotalBytes);
            // Only in the folder that is checked: in another one the blobs would seem to be deleted.
            if (swept.Gone.Count == 0 || store.Status.State != FileStoreState.On)
            {
                return;
            }

            var deleted = Delete(swept.Gone);
            await ledger.ForgetAsync(deleted, cancellationToken);
            metrics.Deleted(deleted.Count);
            if (deleted.Count < swept.Gone.Count)
            {
                return;
            }
        }
    }

    /// <summary>Deletes what the ledger does not know.</summary>
    internal async Task SweepOrphansAsync(CancellationToken cancellationToken)
    {
        if (store.Status.State != FileStoreState.On)
        {
            return;
        }

        foreach (var blobs in store.FindOlderThan(_options.OrphanAge).Chunk(Batch))
        {
            var unknown = Delete(await ledger.FindUnknownAsync(blobs, cancellationToken));
            // What a store that has lost its data still counts.
            await ledger.ForgetAsync(unknown, cancellationToken);
            metrics.OrphansDeleted(unknown.Count);
        }

        await ledger.ReconcileAsync(cancellationToken);
    }

    // One that cannot be deleted must not block the others.
    private List<string> Delete(IReadOnlyList<string> blobs)
    {
        var deleted = new List<string>(blobs.Count);
        IOException? failure = null;
        foreach (var blob in blobs)
        {
            try
            {
                if (FolderLayout.IsName(blob))
                {
                    store.Delete(blob);
                }

                deleted.Add(blob);
            }
            catch (IOException exception)
            {
                failure = exception;
            }
        }

        if (failure is not null)
        {
            LogFailed(failure.Message);
        }

        return deleted;
    }

    [LoggerMessage(LogLevel.Error, "Files could not be deleted. {Cause}")]
    private partial void LogFailed(string cause);
}

using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Uploads files for contacts that are away to the directory, fetches those that wait there for this peer, and deletes
/// those that are not needed any more. Each lane does one after the other.
/// </summary>
internal sealed partial class SealedCopyService(
    SealedCopies copies,
    CopyTasks tasks,
    SealedCopyTransfers transfers,
    SessionTable sessions,
    DirectoryRegistration registration,
    PeerTimers timers,
    TimeProvider timeProvider,
    SteadyClock steadyClock,
    ILogger<SealedCopyService> logger
) : BackgroundService
{
    private static readonly TimeSpan TimeToFlush = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly ILogger<SealedCopyService> _logger = logger;
    private DateTimeOffset? _retryAt;
    private bool _isLoaded;
    private int _timesLost;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var bounded = new CancellationTokenSource(TimeToFlush, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bounded.Token, cancellationToken);
        // What this peer has offered, before it is away itself.
        tasks.BeginStopping();
        await Task.WhenAll(Begin(CopyLane.Uploads, either.Token), Begin(CopyLane.Deletes, either.Token));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        var running = new List<Task>();
        registration.Created += timers.Copies.Signal;
        try
        {
            while (true)
            {
                _ = running.RemoveAll(task => task.IsCompleted);
                if (_retryAt is null || _retryAt <= steadyClock.GetUtcNow())
                {
                    running.AddRange(Begin(stoppingToken));
                }

                await timers.Copies.WaitAsync(UntilDue, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
        finally
        {
            registration.Created -= timers.Copies.Signal;
            await Task.WhenAll(running);
        }
    }

    private TimeSpan UntilDue() => _retryAt - steadyClock.GetUtcNow() ?? tasks.UntilDue();

    private IEnumerable<Task> Begin(CancellationToken stoppingToken)
    {
        try
        {
            _retryAt = null;
            if (!_isLoaded)
            {
                copies.Load();
                _isLoaded = true;
            }

            if (registration.CreationCount is var times && times != _timesLost)
            {
                _timesLost = times;
                copies.OnDirectoryLost();
            }

            tasks.SetLinks(sessions.IsConnected);
            return [.. Enum.GetValues<CopyLane>().Select(lane => Begin(lane, stoppingToken))];
        }
        catch (Exception exception) when (exception is StoreException or PeerException)
        {
            LogNotRead(exception.Message);
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }

        _retryAt = steadyClock.GetUtcNow() + MailPause.Long;
        return [];
    }

    private Task Begin(CopyLane lane, CancellationToken cancellationToken) =>
        tasks.Take(lane) is { } task
            ? Task.Run(() => RunAsync(lane, task, cancellationToken), CancellationToken.None)
            : Task.CompletedTask;

    private async Task RunAsync(CopyLane lane, CopyTask first, CancellationToken cancellationToken)
    {
        for (
            var task = first;
            task is not null;
            task = cancellationToken.IsCancellationRequested ? null : tasks.Take(lane)
        )
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(task.Need, cancellationToken);
            try
            {
                await transfers.RunAsync(task, either.Token);
                if (tasks.HasFailed(task))
                {
                    // Many may fail, each for a reason of its own.
                    await Task.Delay(AfterFailure, timeProvider, either.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // It is not needed any more, or the next start continues.
            }
            finally
            {
                tasks.Release(task);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The files at the directory cannot be looked up in the store. {Reason}")]
    private partial void LogNotRead(string reason);

    [LoggerMessage(LogLevel.Error, "The work on files at the directory failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}

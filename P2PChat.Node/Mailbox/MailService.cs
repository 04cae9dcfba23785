using System.Diagnostics;
using P2PChat.Node.Sessions;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Runs the mailbox services while the host runs. Stops before this peer leaves the directory, after a bounded time for
/// the outstanding calls.
/// </summary>
internal sealed partial class MailService(
    MailGrants grants,
    MailCollector collector,
    MailDepositor depositor,
    TimeProvider timeProvider,
    ILogger<MailService> logger
) : BackgroundService
{
    private static readonly TimeSpan TimeToFlush = TimeSpan.FromSeconds(2);

    private readonly ILogger<MailService> _logger = logger;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var bounded = new CancellationTokenSource(TimeToFlush, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bounded.Token, cancellationToken);
        await Task.WhenAll(
            TryFlushAsync(grants.FlushAsync, either.Token),
            TryFlushAsync(collector.FlushAsync, either.Token),
            TryFlushAsync(depositor.FlushAsync, either.Token)
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        try
        {
            await Task.WhenAll(
                KeepRunningAsync(grants.RunAsync, stoppingToken),
                KeepRunningAsync(collector.RunAsync, stoppingToken),
                KeepRunningAsync(depositor.RunAsync, stoppingToken)
            );
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
    }

    // An unexpected failure must not stop mail until the next start.
    private async Task KeepRunningAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await run(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(exception);
                await Task.Delay(MailPause.Growing.After(failures), timeProvider, cancellationToken);
            }
        }
    }

    // Unflushed mail is still in the store or the mailbox, and is resumed after the next start.
    private async Task TryFlushAsync(Func<CancellationToken, Task> flush, CancellationToken cancellationToken)
    {
        try
        {
            await flush(cancellationToken);
        }
        catch (Exception exception)
        {
            LogNotFlushed(exception.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Error, "Mailbox service failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Mailbox service stopped with outstanding calls: {Error}.")]
    private partial void LogNotFlushed(string error);
}

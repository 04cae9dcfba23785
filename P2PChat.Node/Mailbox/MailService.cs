using System.Diagnostics;
using P2PChat.Node.Sessions;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Mail while the host runs. It ends before this peer leaves the directory, and first tells the directory, for a bounded
/// time, what it has not been told.
/// </summary>
internal sealed partial class MailService(
    MailGrants grants,
    MailCollector collector,
    MailDepositor depositor,
    TimeProvider clock,
    ILogger<MailService> logger
) : BackgroundService
{
    private static readonly TimeSpan TimeToFlush = TimeSpan.FromSeconds(2);

    private readonly ILogger<MailService> _logger = logger;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var bounded = new CancellationTokenSource(TimeToFlush, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bounded.Token, cancellationToken);
        await Task.WhenAll(
            AttemptAsync(grants.FlushAsync, either.Token),
            AttemptAsync(collector.FlushAsync, either.Token),
            AttemptAsync(depositor.FlushAsync, either.Token)
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        try
        {
            await Task.WhenAll(
                KeepAsync(grants.RunAsync, stoppingToken),
                KeepAsync(collector.RunAsync, stoppingToken),
                KeepAsync(depositor.RunAsync, stoppingToken)
            );
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task KeepAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await run(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever it is, the next mail must not wait for the next start.
                LogFailed(e);
                await Task.Delay(MailPauses.After(failures), clock, cancellationToken);
            }
        }
    }

    private async Task AttemptAsync(Func<CancellationToken, Task> flush, CancellationToken cancellationToken)
    {
        try
        {
            await flush(cancellationToken);
        }
        catch (Exception e)
        {
            // What is left is in the store, or in the mailbox, and taken up by the next start.
            LogNotFlushed(e.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking after mail has failed, by a fault of this peer's own.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Not all mail was seen to before the end: {Error}.")]
    private partial void LogNotFlushed(string error);
}

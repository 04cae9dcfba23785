using System.Diagnostics;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Lets messages disappear, a few times a minute.</summary>
internal sealed partial class DisappearanceService(
    Disappearance disappearance,
    TimeProvider timeProvider,
    ILogger<DisappearanceService> logger
) : BackgroundService
{
    // The shortest time is 5 minutes.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly ILogger<DisappearanceService> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        using var timer = new PeriodicTimer(Period, timeProvider);
        try
        {
            do
            {
                await SweepAsync();
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            await disappearance.SweepAsync();
        }
        catch (StoreException exception)
        {
            // A full disk, or a reader that keeps the log in use. Tried again in the next period.
            LogNotErased(exception.GetType().Name);
        }
        catch (Exception exception)
        {
            // One failure must not keep later messages from disappearing.
            LogFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Erasing messages whose time has run out failed: {Error}.")]
    private partial void LogNotErased(string error);

    [LoggerMessage(LogLevel.Error, "Erasing messages whose time has run out failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}

using System.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Erases expired messages every 10 s.</summary>
internal sealed partial class DisappearanceService(
    Disappearance disappearance,
    TimeProvider timeProvider,
    ILogger<DisappearanceService> logger
) : BackgroundService
{
    /// <summary>The shortest time of a message is 5 minutes.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly ILogger<DisappearanceService> _logger = logger;
    private readonly SaveState _state = new(timeProvider);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        using var timer = new PeriodicTimer(Period, timeProvider);
        try
        {
            do
            {
                await SweepAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    // Tried again in the next period.
    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            await disappearance.SweepAsync(stoppingToken);
            if (_state.Saved())
            {
                LogErased();
            }
        }
        catch (StoreException) when (stoppingToken.IsCancellationRequested)
        {
            // The store is closed.
        }
        catch (StoreException exception)
        {
            if (_state.Failed())
            {
                LogNotErased(SaveState.FailureReason(exception), exception);
            }
        }
        catch (Exception exception)
        {
            // A failure must not end the service.
            if (_state.Failed())
            {
                LogFailed(exception);
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Messages whose time has run out are not completely erased ({Reason}). Free some space, check the disk, or end "
            + "what reads the store. Tried again every 10 s."
    )]
    private partial void LogNotErased(string reason, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Messages whose time has run out are erased again.")]
    private partial void LogErased();

    [LoggerMessage(LogLevel.Error, "Erasing messages whose time has run out failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}

using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Abandons expired messages and requests, and saves this peer's running time, once a minute.</summary>
internal sealed partial class ExpiryService(
    SessionTable sessions,
    MessageClock messageClock,
    MailRequests requests,
    EventLog events,
    PeerOptions options,
    TimeProvider timeProvider,
    ILogger<ExpiryService> logger
) : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly ILogger<ExpiryService> _logger = logger;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SaveAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        using var timer = new PeriodicTimer(Period(options.MessageExpiry), timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Expire();
                await SaveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    private static TimeSpan Period(TimeSpan expiry) =>
        TimeSpan.FromTicks(Math.Clamp(expiry.Ticks / 10, Shortest.Ticks, Longest.Ticks));

    private void Expire()
    {
        try
        {
            sessions.Expire(messageClock.Now);
            foreach (var request in requests.Expire())
            {
                events.Add(new PeerEvent.Disconnected(request.Name, DisconnectReason.RequestExpired));
            }
        }
        catch (Exception exception)
        {
            // One failure must not stop later messages from expiring.
            LogFailed(exception);
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            await messageClock.SaveAsync();
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Error, "Abandoning expired messages failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Saving the running time failed: {Error}.")]
    private partial void LogNotSaved(string error);
}

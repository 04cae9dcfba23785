namespace P2PChat.Discovery.Relay.Legs;

/// <summary>Ends the relayed sessions that have reached a limit of time.</summary>
internal sealed class RelaySweeper(RelayTable table, TimeProvider timeProvider) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            table.Sweep();
        }
    }
}

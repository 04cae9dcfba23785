using Microsoft.Extensions.Options;

namespace P2PChat.Discovery.Peers;

/// <summary>Ends leases and claims that have run out, so that <c>left</c> is told and names become free.</summary>
internal sealed class LeaseSweeper(
    IPeerStore store,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider time
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // A sweep ends a bounded number, not to hold up others; when a crowd went at once there is more at once.
                SweepResult result;
                do
                {
                    result = await store.SweepAsync(stoppingToken);
                    metrics.Swept(result);
                } while (result.Expired + result.Freed > 0);
            }
            catch (StoreUnavailableException)
            {
                // StoreHealth has told; the next round tries again.
            }
        }
    }
}

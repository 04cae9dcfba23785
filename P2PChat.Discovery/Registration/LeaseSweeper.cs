using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Registration;

/// <summary>Ends expired leases and claims, which emits <c>left</c> and frees names.</summary>
internal sealed class LeaseSweeper(
    IPeerStore store,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // Each sweep is bounded so that it does not block other calls. Repeat until nothing is left to end.
                SweepResult result;
                do
                {
                    result = await store.SweepAsync(stoppingToken);
                    metrics.Swept(result.Expired, result.Leases, result.Claims);
                } while (result.Expired + result.Freed > 0);
            }
            catch (StoreUnavailableException)
            {
                // Reported by StoreHealth; the next round tries again.
            }
        }
    }
}

using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Invites;

/// <summary>Deletes expired join codes, and members that have not registered for a long time.</summary>
internal sealed class MembershipSweeper(
    IMembershipStore store,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.JoinCodes.SweepEvery, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await store.SweepAsync(stoppingToken) > 0) { }
            }
            catch (StoreUnavailableException)
            {
                // Reported by StoreHealth; the next round tries again.
            }
        }
    }
}

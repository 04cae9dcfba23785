using Microsoft.Extensions.Options;
using P2PChat.Discovery.Peers;

namespace P2PChat.Discovery.Mailbox;

/// <summary>Clears away mail that nobody collected in time.</summary>
internal sealed class MailSweeper(
    IMailboxStore store,
    MailboxMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider time
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Mailbox.SweepEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                int expired;
                do
                {
                    expired = await store.SweepAsync(stoppingToken);
                    metrics.Expired(expired);
                } while (expired > 0);
            }
            catch (StoreUnavailableException)
            {
                // StoreHealth has told; the next round tries again.
            }
        }
    }
}

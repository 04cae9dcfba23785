using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>Deletes envelopes and requests that expired before their owner deleted them.</summary>
internal sealed class MailSweeper(
    IMailboxStore store,
    IRequestStore requests,
    MailboxMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Mailbox.SweepEvery, timeProvider);
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

                while (await requests.SweepAsync(stoppingToken) > 0) { }
            }
            catch (StoreUnavailableException)
            {
                // Reported by StoreHealth; the next round tries again.
            }
        }
    }
}

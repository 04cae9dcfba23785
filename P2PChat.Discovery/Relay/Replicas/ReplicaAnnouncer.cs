using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Relay.Replicas;

/// <summary>Publishes this replica's internal address to the other replicas while it runs.</summary>
internal sealed partial class ReplicaAnnouncer(
    IReplicaRegistry registry,
    IPathSessions sessions,
    ReplicaIdentity identity,
    IServer server,
    IHostApplicationLifetime lifetime,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<ReplicaAnnouncer> logger
) : BackgroundService
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // Short, because peers connect again as soon as Redis answers again.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ILogger<ReplicaAnnouncer> _logger = logger;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await registry.RemoveAsync(sessions.ReplicaId, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // It expires by itself.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!registry.IsShared)
        {
            return;
        }

        await StartedAsync(stoppingToken);
        if (await FindAddressAsync(stoppingToken) is not { } address)
        {
            LogNoAddress();
            return;
        }

        while (true)
        {
            var wait = Interval;
            try
            {
                await registry.AddAsync(
                    sessions.ReplicaId,
                    new ReplicaAddress(address, identity.Secret),
                    Lifetime,
                    stoppingToken
                );
            }
            catch (StoreUnavailableException)
            {
                // Reported by StoreHealth.
                wait = RetryInterval;
            }

            await Task.Delay(wait, timeProvider, stoppingToken);
        }
    }

    // The server knows its port once it has started.
    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStarted.Register(started.SetResult))
        {
            await started.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task<Uri?> FindAddressAsync(CancellationToken cancellationToken) =>
        options.Value.Relay.InternalAddress is { Length: > 0 } configured
            ? new Uri(configured)
            : InternalAddress.Of(
                server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
                await registry.FindLocalAddressAsync(cancellationToken)
            );

    [LoggerMessage(
        LogLevel.Warning,
        "Other replicas cannot reach this one, because it has no address without TLS. Peers whose calls arrive at "
            + "different replicas cannot be relayed. Set Directory:Relay:InternalAddress."
    )]
    private partial void LogNoAddress();
}

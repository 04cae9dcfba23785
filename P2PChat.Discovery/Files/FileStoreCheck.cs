using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Files;

namespace P2PChat.Discovery.Files;

/// <summary>
/// Checks the file store at the start and then regularly, logs each change, and reports it as health. The rest of the
/// directory works without files, so this is Degraded, not Unhealthy.
/// </summary>
internal sealed partial class FileStoreCheck(
    IFileStore store,
    DirectoryIdentity identity,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<FileStoreCheck> logger
) : BackgroundService, IHealthCheck
{
    private FileStoreState? _logged;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            store.Status is { State: not (FileStoreState.On or FileStoreState.Off) } status
                ? HealthCheckResult.Degraded(status.Detail)
                : HealthCheckResult.Healthy()
        );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (store.Status.State == FileStoreState.Off)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.Files.CheckEvery, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await CheckAsync(stoppingToken);
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.CheckAsync(identity.Id, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // The directory does not know its id yet.
        }

        var status = store.Status;
        if (status.State == _logged)
        {
            return;
        }

        _logged = status.State;
        switch (status.State)
        {
            case FileStoreState.On:
                LogOn();
                break;
            case FileStoreState.NotShared
            or FileStoreState.MissingFolder
            or FileStoreState.ForeignFolder
            or FileStoreState.Unusable:
                LogRefused(status.Detail);
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "The directory stores files for peers that are away.")]
    private partial void LogOn();

    [LoggerMessage(LogLevel.Warning, "File store disabled: {Reason}")]
    private partial void LogRefused(string reason);
}

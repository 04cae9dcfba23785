using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Sends what is left when all services have stopped, the three signals at once, and gives up soon: at the end of a run the
/// collector has often gone first, and OpenTelemetry's own patience is 5 s for each signal in turn.
/// </summary>
internal sealed class ShutdownFlush(IServiceProvider services) : IHostedLifecycleService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var patience = (int)Patience.TotalMilliseconds;
        // Shutdown blocks its thread until it is through.
        return Task.WhenAll(
            Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(patience), CancellationToken.None),
            Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(patience), CancellationToken.None),
            Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(patience), CancellationToken.None)
        );
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Exports the remaining telemetry after all services have stopped. The collector is often gone by then, so all signals
/// share one short timeout, where OpenTelemetry would wait 5 s for each in turn.
/// </summary>
internal sealed class ShutdownFlush(IServiceProvider services) : IHostedLifecycleService
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1.5);

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var timeout = (int)Timeout.TotalMilliseconds;
        // Shutdown blocks its thread.
        return Task.WhenAll(
            Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(timeout), CancellationToken.None),
            Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(timeout), CancellationToken.None),
            Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(timeout), CancellationToken.None)
        );
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using System.Diagnostics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Peers;

/// <summary>Watches calls to the store: a span for each that belongs to a request, its duration, and whether it answers.</summary>
internal sealed class StoreObserver(StoreHealth health, DirectoryMetrics metrics, TimeProvider time)
{
    public async Task<T> ObserveAsync<T>(string system, string operation, Func<Task<T>> call)
    {
        // What replicas do for themselves, each second, would only bury the traces that people look for.
        using var span = Activity.Current is null
            ? null
            : Telemetry.Source.StartActivity("store." + operation, ActivityKind.Client);
        span?.SetTag("db.system.name", system);
        span?.SetTag("db.operation.name", operation);
        var begun = time.GetTimestamp();
        var failed = true;
        try
        {
            var result = await call();
            failed = false;
            health.Answered();
            return result;
        }
        catch (StoreUnavailableException exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            health.Failed(exception);
            throw;
        }
        finally
        {
            metrics.StoreCalled(operation, system, failed, time.GetElapsedTime(begun));
        }
    }
}

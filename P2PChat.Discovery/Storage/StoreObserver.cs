using System.Diagnostics;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Storage;

/// <summary>Records each call to the store: a span within requests, its duration, and the store's health.</summary>
internal sealed class StoreObserver(StoreHealth health, DirectoryMetrics metrics, TimeProvider timeProvider)
{
    public async Task<T> ObserveAsync<T>(string system, string operation, Func<Task<T>> call)
    {
        // No spans for background calls, which run every second and would bury the traces of requests.
        using var span = Activity.Current is null
            ? null
            : Telemetry.Source.StartActivity("store." + operation, ActivityKind.Client);
        span?.SetTag("db.system.name", system);
        span?.SetTag("db.operation.name", operation);
        var startedAt = timeProvider.GetTimestamp();
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
            metrics.StoreCalled(operation, system, failed, timeProvider.GetElapsedTime(startedAt));
        }
    }
}

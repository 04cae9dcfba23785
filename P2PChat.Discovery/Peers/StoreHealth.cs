using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// Whether the store answers. Without it the directory still serves lookups from memory, so it is Degraded, not Unhealthy:
/// an orchestrator that took it out, or restarted it, would only lose what it remembers.
/// </summary>
internal sealed partial class StoreHealth(TimeProvider time, ILogger<StoreHealth> logger) : IHealthCheck
{
    private readonly Lock _gate = new();
    private string? _trouble;
    private bool _announced;
    private long _lastAnswer;

    /// <summary>When the store last answered; null where it never has.</summary>
    public DateTimeOffset? LastAnswer =>
        Interlocked.Read(ref _lastAnswer) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public bool IsAway => Volatile.Read(ref _trouble) is not null;

    public void Answered()
    {
        Interlocked.Exchange(ref _lastAnswer, time.GetUtcNow().UtcTicks);
        if (!IsAway)
            return;
        lock (_gate)
        {
            _trouble = null;
            if (_announced)
                LogBack(logger);
            _announced = false;
        }
    }

    public void Failed(StoreUnavailableException exception)
    {
        lock (_gate)
        {
            _trouble = exception.Message;
            if (!_announced)
                LogAway(logger, exception.Message);
            _announced = true;
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Volatile.Read(ref _trouble) is { } trouble ? HealthCheckResult.Degraded(trouble) : HealthCheckResult.Healthy());

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Trouble} Until then lookups are answered from memory and registrations with 503.")]
    private static partial void LogAway(ILogger logger, string trouble);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store answers again.")]
    private static partial void LogBack(ILogger logger);
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Reports whether the store answers. Without it the directory still serves lookups from memory, so it is Degraded, not
/// Unhealthy: a restart by the orchestrator would only lose that memory.
/// </summary>
internal sealed partial class StoreHealth(TimeProvider timeProvider, ILogger<StoreHealth> logger) : IHealthCheck
{
    // In a cluster one node may be down while others answer. This keeps the log from alternating every second.
    private static readonly TimeSpan RecoveryDelay = TimeSpan.FromSeconds(2);

    // Several causes may alternate. A cause has ended if no call has failed by it for this long.
    private static readonly TimeSpan CauseLifetime = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    // Timestamp of the last call that failed by each cause. Guarded by _gate.
    private readonly Dictionary<string, long> _causes = [];
    private string? _logged;
    private string? _cause;
    private long _lastAnswer;

    /// <summary>When the store last answered; null if it never has.</summary>
    public DateTimeOffset? LastAnswer =>
        Interlocked.Read(ref _lastAnswer) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Answered()
    {
        Interlocked.Exchange(ref _lastAnswer, timeProvider.GetUtcNow().UtcTicks);
        if (Volatile.Read(ref _cause) is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_cause is null || timeProvider.GetElapsedTime(_causes[_cause]) < RecoveryDelay)
            {
                return;
            }

            _cause = null;
            _logged = null;
            _causes.Clear();
            LogAvailable(logger);
        }
    }

    public void Failed(StoreUnavailableException exception)
    {
        lock (_gate)
        {
            _cause = exception.Message;
            if (IsNew(exception.Message))
            {
                _logged = exception.Message;
                LogUnavailable(logger, exception.Message);
            }

            _causes[exception.Message] = timeProvider.GetTimestamp();
        }
    }

    // The cause may be known only after the first calls have failed, and may change.
    private bool IsNew(string cause) =>
        !_causes.ContainsKey(cause)
        || cause != _logged && timeProvider.GetElapsedTime(_causes[_logged!]) >= CauseLifetime;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            Volatile.Read(ref _cause) is { } cause ? HealthCheckResult.Degraded(cause) : HealthCheckResult.Healthy()
        );

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Cause} Until it is fixed, lookups are answered from memory and registrations with 503."
    )]
    private static partial void LogUnavailable(ILogger logger, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store answers again.")]
    private static partial void LogAvailable(ILogger logger);
}

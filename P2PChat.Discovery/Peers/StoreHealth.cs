using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// Whether the store answers. Without it the directory still serves lookups from memory, so it is Degraded, not Unhealthy:
/// an orchestrator that took it out, or restarted it, would only lose what it remembers.
/// </summary>
internal sealed partial class StoreHealth(TimeProvider time, ILogger<StoreHealth> logger) : IHealthCheck
{
    // In a cluster one node may be away while others answer; this keeps the log from telling both each second.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    // Several causes may alternate. One that failed no call for this long is over.
    private static readonly TimeSpan CauseLasts = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    // When each cause last failed a call, as timestamps; guarded by _gate.
    private readonly Dictionary<string, long> _causes = [];
    private string? _logged;
    private string? _trouble;
    private long _lastAnswer;

    /// <summary>When the store last answered; null where it never has.</summary>
    public DateTimeOffset? LastAnswer =>
        Interlocked.Read(ref _lastAnswer) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Answered()
    {
        Interlocked.Exchange(ref _lastAnswer, time.GetUtcNow().UtcTicks);
        if (Volatile.Read(ref _trouble) is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_trouble is null || time.GetElapsedTime(_causes[_trouble]) < Quiet)
            {
                return;
            }

            _trouble = null;
            _logged = null;
            _causes.Clear();
            LogBack(logger);
        }
    }

    public void Failed(StoreUnavailableException exception)
    {
        lock (_gate)
        {
            _trouble = exception.Message;
            if (IsNew(exception.Message))
            {
                _logged = exception.Message;
                LogAway(logger, exception.Message);
            }

            _causes[exception.Message] = time.GetTimestamp();
        }
    }

    // The reason may show only after the first calls have failed, and may change.
    private bool IsNew(string cause) =>
        !_causes.ContainsKey(cause) || cause != _logged && time.GetElapsedTime(_causes[_logged!]) >= CauseLasts;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            Volatile.Read(ref _trouble) is { } trouble
                ? HealthCheckResult.Degraded(trouble)
                : HealthCheckResult.Healthy()
        );

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Trouble} Until then lookups are answered from memory and registrations with 503."
    )]
    private static partial void LogAway(ILogger logger, string trouble);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store answers again.")]
    private static partial void LogBack(ILogger logger);
}

using System.ComponentModel.DataAnnotations;
using Polly.CircuitBreaker;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>Options of an HTTP client's resilience pipeline. Validated when the host starts.</summary>
public sealed class ResilienceOptions : IValidatableObject
{
    /// <summary>Limit for a call with all attempts and the delays between them. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Limit for one attempt, until the response headers arrive; at most the total. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Maximum number of retries for calls that may be repeated; 0 for none. Default 3.</summary>
    [Range(0, 20)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>Median of the first delay. Each later one doubles; all have jitter. Default 250 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest delay, except one that the server requests. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Fraction of failures within <see cref="BreakerWindow"/> that opens the breaker. Default 0.5.</summary>
    [Range(0.01, 1.0)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>Minimum number of attempts in the window before the breaker can open. Default 8.</summary>
    [Range(2, int.MaxValue)]
    public int BreakerMinimumTries { get; set; } = 8;

    /// <summary>Period over which the breaker counts. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an open breaker rejects calls before it lets one through as a probe. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Lets the caller close the breaker early, once the cause of the failures is gone.</summary>
    public CircuitBreakerManualControl BreakerControl { get; } = new();

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (TryTimeout > TotalTimeout)
        {
            yield return new ValidationResult(
                $"{nameof(TryTimeout)} ({TryTimeout}) must not exceed {nameof(TotalTimeout)} ({TotalTimeout}).",
                [nameof(TryTimeout)]
            );
        }
    }
}

using System.ComponentModel.DataAnnotations;
using Polly.CircuitBreaker;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>How an HTTP client stands up to a service that is slow, busy or away. Checked when the host starts.</summary>
public sealed class ResilienceOptions : IValidatableObject
{
    /// <summary>For one call, its tries and the pauses between them. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>For one try, until the response's headers are there; not longer than the total. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries after the first, for calls that may be repeated; 0 for none. Default 3.</summary>
    [Range(0, 20)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>The median of the first pause; each later one is twice as long, all with jitter. Default 250 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>No pause is longer, except one that the server asks for. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The breaker opens when this part of the tries fails within <see cref="BreakerWindow"/>. Default 0.5.</summary>
    [Range(0.01, 1.0)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>With fewer tries than this in the window, the breaker stays closed. Default 8.</summary>
    [Range(2, int.MaxValue)]
    public int BreakerMinimumTries { get; set; } = 8;

    /// <summary>Over how long the breaker counts. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an open breaker refuses calls before it lets one through as a probe. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Closes the breaker early, when the caller knows that the cause of the failures is gone.</summary>
    public CircuitBreakerManualControl BreakerControl { get; } = new();

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (TryTimeout > TotalTimeout)
        {
            yield return new ValidationResult(
                $"{nameof(TryTimeout)} ({TryTimeout}) is longer than {nameof(TotalTimeout)} ({TotalTimeout}): make it shorter.",
                [nameof(TryTimeout)]
            );
        }
    }
}

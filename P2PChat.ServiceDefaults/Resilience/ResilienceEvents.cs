using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using P2PChat.Protocol.Diagnostics;
using Polly;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>Counts the actions of a pipeline, and adds them as events to the span of the call.</summary>
internal sealed class ResilienceEvents(string client)
{
    private static readonly Counter<long> Retries = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.resilience.retries",
        "{retry}",
        "Attempts after the first."
    );

    private static readonly Counter<long> BreakerOpenings = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.resilience.breaker_openings",
        "{opening}",
        "Times that a circuit breaker opened."
    );

    private static readonly Counter<long> Timeouts = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.resilience.timeouts",
        "{timeout}",
        "Attempts and calls that timed out."
    );

    public ValueTask Retried(int retry, Outcome<HttpResponseMessage> outcome)
    {
        var reason = Reason(outcome);
        Retries.Add(1, new("client", client), new("reason", reason));
        return Mark(Activity.Current, "p2pchat.resilience.retry", new() { ["retry"] = retry, ["reason"] = reason });
    }

    /// <param name="span">
    /// The span of the call. Polly reports an opening on its own task, which has no current span.
    /// </param>
    public ValueTask BreakerOpened(Outcome<HttpResponseMessage> outcome, Activity? span)
    {
        var reason = Reason(outcome);
        BreakerOpenings.Add(1, new("client", client), new("reason", reason));
        return Mark(span, "p2pchat.resilience.breaker_opened", new() { ["reason"] = reason });
    }

    public ValueTask TimedOut(string scope)
    {
        Timeouts.Add(1, new("client", client), new("scope", scope));
        return Mark(Activity.Current, "p2pchat.resilience.timeout", new() { ["scope"] = scope });
    }

    private static ValueTask Mark(Activity? span, string name, ActivityTagsCollection tags)
    {
        span?.AddEvent(new(name, tags: tags));
        return default;
    }

    // The status code or the exception's type. Its message may quote an address.
    private static string Reason(Outcome<HttpResponseMessage> outcome) =>
        outcome.Result is { } response
            ? ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture)
            : Telemetry.Word(outcome.Exception?.GetType().Name ?? "none");
}
